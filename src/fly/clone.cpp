// The body of the request that clones a machine. The configuration is copied field by field as text, never through
// numbers and objects of this program, so that nothing in it can change its meaning on the way.
#include <simdjson.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "fly/machine.h"
#include "fly/ondemand.h"

namespace fas::fly {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

std::string quote(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

error_code raw_text(ondemand::value value, std::string_view& out) {
  ondemand::json_type type{};
  if (const error_code error = value.type().get(type)) return error;
  error_code error = simdjson::SUCCESS;
  switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      error = value.get_object().get(object);
      if (!error) error = object.raw_json().get(out);
      break;
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      error = value.get_array().get(array);
      if (!error) error = array.raw_json().get(out);
      break;
    }
    default: out = value.raw_json_token(); break;
  }
  out = trim(out);
  return error;
}

class FieldWriter {
 public:
  void add(std::string_view key, std::string_view raw_value) {
    text_ += text_.size() > 1 ? "," : "";
    text_.append(quote(key)).append(":").append(raw_value);
  }
  std::string finish() { return std::move(text_) + '}'; }

 private:
  std::string text_ = "{";
};

error_code copy_config(std::string_view config, const std::string& image, std::string& out) {
  const simdjson::padded_string text(config);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (const error_code error = parser.iterate(text).get(document)) return error;
  if (const error_code error = document.get_object().get(object)) return error;
  FieldWriter writer;
  for (auto entry : object) {
    ondemand::field field;
    if (const error_code error = std::move(entry).get(field)) return error;
    std::string_view key;
    if (const error_code error = field.unescaped_key().get(key)) return error;
    const std::string key_copy(key);
    std::string_view value;
    if (const error_code error = raw_text(field.value(), value)) return error;
    const bool replaced = key_copy == "image" && !image.empty();
    if (!replaced && key_copy != "standbys") writer.add(key_copy, value);
  }
  if (!image.empty()) writer.add("image", quote(image));
  out = writer.finish();
  return ends_here(document) ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

std::string_view why_not(const Machine& source) {
  if (source.config.text.empty()) return "the API sent no configuration of it";
  if (source.incomplete_config) return "its configuration is incomplete, because its host cannot be reached";
  if (source.has_mounts) return "it has a volume, and a copy would need one of its own";
  return {};
}

}  // namespace

Result<std::string> clone_request(const Machine& source, const CloneOptions& options) {
  const std::string who = "machine " + source.id + " cannot be cloned: ";
  if (const std::string_view why = why_not(source); !why.empty()) {
    return fail(ErrorKind::kInvalid, who + std::string(why));
  }
  std::string config;
  if (copy_config(source.config.text, source.image, config)) {
    return fail(ErrorKind::kInvalid, who + "its configuration is not a JSON object");
  }
  FieldWriter body;
  if (!options.name.empty()) body.add("name", quote(options.name));
  if (!options.region.empty()) body.add("region", quote(options.region));
  body.add("config", config);
  if (options.skip_launch) body.add("skip_launch", "true");
  return body.finish();
}

}  // namespace fas::fly
