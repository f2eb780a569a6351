#include "fly/machine.h"

#include <simdjson.h>

#include <string_view>
#include <utility>

#include "base/text.h"
#include "fly/excerpt.h"
#include "fly/ondemand.h"
#include "fly/rfc3339.h"

namespace fas::fly {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

// Reading is lenient: a field of another type than expected leaves `out` alone, and what is not read is passed over.
// Only a text that is no JSON gives an error.

void read_text(ondemand::value& value, std::string& out) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) out = text;
}

void read_time(ondemand::value& value, std::optional<WallTime>& out) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) out = parse_rfc3339(text);
}

void read_is_filled_array(ondemand::value& value, bool& out) {
  ondemand::array array;
  bool empty = true;
  if (value.get_array().get(array) == simdjson::SUCCESS && array.is_empty().get(empty) == simdjson::SUCCESS) {
    out = !empty;
  }
}

// Calls `on_field(key, value)` for each field of the object that `value` is, and not at all if it is something else.
template <class OnField>
error_code for_each_field(ondemand::object& object, OnField on_field) {
  for (auto entry : object) {
    ondemand::field field;
    if (const error_code error = std::move(entry).get(field)) return error;
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) continue;
    if (const error_code error = on_field(key, field.value())) return error;
  }
  return simdjson::SUCCESS;
}

template <class OnField>
error_code for_each_field(ondemand::value& value, OnField on_field) {
  ondemand::object object;
  const error_code error = value.get_object().get(object);
  if (error == simdjson::INCORRECT_TYPE) return simdjson::SUCCESS;
  return error ? error : for_each_field(object, on_field);
}

error_code read_image(ondemand::value& value, std::string& image) {
  std::string registry;
  std::string repository;
  std::string tag;
  std::string digest;
  const error_code error = for_each_field(value, [&](std::string_view key, ondemand::value field) {
    if (key == "registry") read_text(field, registry);
    if (key == "repository") read_text(field, repository);
    if (key == "tag") read_text(field, tag);
    if (key == "digest") read_text(field, digest);
    return simdjson::SUCCESS;
  });
  if (error || repository.empty()) return error;
  image = registry.empty() ? repository : registry + '/' + repository;
  if (!tag.empty()) image.append(":").append(tag);
  if (!digest.empty()) image.append("@").append(digest);
  return simdjson::SUCCESS;
}

error_code read_process_group(ondemand::value& metadata, std::string& group) {
  std::string old_name;
  const error_code error = for_each_field(metadata, [&](std::string_view key, ondemand::value field) {
    if (key == "fly_process_group") read_text(field, group);
    if (key == "process_group") read_text(field, old_name);
    return simdjson::SUCCESS;
  });
  if (group.empty()) group = std::move(old_name);
  return error;
}

error_code read_config(ondemand::value& value, Machine& machine) {
  ondemand::object object;
  error_code error = value.get_object().get(object);
  if (error) return error == simdjson::INCORRECT_TYPE ? simdjson::SUCCESS : error;
  std::string_view text;
  error = object.raw_json().get(text);
  if (error) return error;
  machine.config.text = trim(text);
  bool has_fields = false;
  error = object.reset().get(has_fields);
  if (error) return error;
  return for_each_field(object, [&](std::string_view key, ondemand::value field) {
    if (key == "metadata") return read_process_group(field, machine.process_group);
    if (key == "mounts") read_is_filled_array(field, machine.has_mounts);
    if (key == "standbys") read_is_filled_array(field, machine.is_standby);
    if (key == "services") read_is_filled_array(field, machine.has_services);
    return simdjson::SUCCESS;
  });
}

// The API sends the part of the configuration that it knows, or nothing.
error_code read_is_present(ondemand::value& value, bool& out) {
  ondemand::json_type type{};
  if (const error_code error = value.type().get(type)) return error;
  bool flag = true;
  if (type == ondemand::json_type::boolean && value.get_bool().get(flag) != simdjson::SUCCESS) flag = true;
  out = type != ondemand::json_type::null && flag;
  return simdjson::SUCCESS;
}

error_code read_field(std::string_view key, ondemand::value& value, Machine& machine, std::string& state) {
  if (key == "config") return read_config(value, machine);
  if (key == "image_ref") return read_image(value, machine.image);
  if (key == "incomplete_config") return read_is_present(value, machine.incomplete_config);
  if (key == "id") read_text(value, machine.id);
  if (key == "name") read_text(value, machine.name);
  if (key == "state") read_text(value, state);
  if (key == "region") read_text(value, machine.region);
  if (key == "instance_id") read_text(value, machine.instance_id);
  if (key == "host_status") read_text(value, machine.host_status);
  if (key == "created_at") read_time(value, machine.created_at);
  if (key == "updated_at") read_time(value, machine.updated_at);
  if (key == "nonce") {
    std::string nonce;
    read_text(value, nonce);
    machine.leased = !nonce.empty();
  }
  return simdjson::SUCCESS;
}

// `usable` becomes false for a machine without id or state.
error_code read_machine(ondemand::object& object, const std::shared_ptr<const std::string>& owner, Machine& machine,
                        bool& usable) {
  std::string state;
  const error_code error = for_each_field(
      object, [&](std::string_view key, ondemand::value value) { return read_field(key, value, machine, state); });
  if (!machine.config.text.empty()) machine.config.owner = owner;
  machine.state = parse_machine_state(state);
  usable = !machine.id.empty() && !state.empty();
  return error;
}

error_code read_list(ondemand::document& document, const std::shared_ptr<const std::string>& owner, MachineList& list) {
  ondemand::array array;
  if (const error_code error = document.get_array().get(array)) return error;
  for (auto entry : array) {
    ondemand::value value;
    if (const error_code error = std::move(entry).get(value)) return error;
    ondemand::object object;
    if (const error_code error = value.get_object().get(object)) return error;
    Machine machine;
    bool usable = false;
    if (const error_code error = read_machine(object, owner, machine, usable)) return error;
    if (!usable) return simdjson::NO_SUCH_FIELD;
    list.machines.push_back(std::move(machine));
  }
  return ends_here(document) ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

std::shared_ptr<const std::string> padded(std::string body) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  return std::make_shared<const std::string>(std::move(body));
}

std::unexpected<Error> malformed(std::string_view expected, const std::string& body) {
  return fail(ErrorKind::kMalformed,
              std::string("the reply is not ").append(expected).append(", but ").append(excerpt(body)));
}

// Runs `read` on the document; a parser is kept for the small texts that make up nearly all, so that it need not
// allocate each time.
template <class Read>
error_code parse(const std::string& body, Read read) {
  constexpr std::size_t kSmall = 1U << 20U;
  thread_local ondemand::parser kept;
  ondemand::parser fresh;
  ondemand::parser& parser = body.size() <= kSmall ? kept : fresh;
  ondemand::document document;
  const error_code error = parser.iterate(body.data(), body.size(), body.capacity()).get(document);
  return error ? error : read(document);
}

}  // namespace

Result<MachineList> parse_machine_list(std::string body) {
  const std::shared_ptr<const std::string> owner = padded(std::move(body));
  MachineList list;
  const error_code error =
      parse(*owner, [&](ondemand::document& document) { return read_list(document, owner, list); });
  if (error) return malformed("a list of machines, each with id and state", *owner);
  return list;
}

Result<Machine> parse_machine(std::string body) {
  const std::shared_ptr<const std::string> owner = padded(std::move(body));
  Machine machine;
  bool usable = false;
  const error_code error = parse(*owner, [&](ondemand::document& document) {
    ondemand::object object;
    error_code failure = document.get_object().get(object);
    if (!failure) failure = read_machine(object, owner, machine, usable);
    if (!failure && !ends_here(document)) failure = simdjson::TRAILING_CONTENT;
    return failure;
  });
  if (error || !usable) return malformed("a machine", *owner);
  return machine;
}

}  // namespace fas::fly
