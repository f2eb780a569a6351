#include "metrics/github_webhook.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <simdjson.h>

#include <array>
#include <climits>
#include <utility>

#include "base/text.h"
#include "metrics/dom_fields.h"

namespace fas::metrics {
namespace {

namespace dom = simdjson::dom;

// What simdjson would set memory aside for before it looks at the text.
constexpr std::size_t kMostBytes = 1U << 20U;
constexpr std::size_t kMostLabels = 100;

auto malformed(const char* what) { return fail(ErrorKind::kMalformed, what); }

// "owner/name", and nothing that is no name.
bool is_full_name(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < name.size() &&
         name.find('/', slash + 1) == std::string_view::npos;
}

bool read_labels(dom::object job, GithubJob& read) {
  dom::array labels;
  if (job["labels"].get(labels) != simdjson::SUCCESS || labels.size() > kMostLabels) return false;
  for (const dom::element element : labels) {
    std::string_view label;
    if (element.get(label) != simdjson::SUCCESS) return false;
    read.labels.push_back(to_lower_ascii(label));
  }
  return true;
}

}  // namespace

Result<GithubJobEvent> read_github_job_event(std::string_view body) {
  if (body.size() > kMostBytes) return malformed("the delivery is larger than a workflow_job can be");
  dom::parser parser;
  dom::object event;
  if (parser.parse(body.data(), body.size()).get(event) != simdjson::SUCCESS) {
    return malformed("the delivery is not a JSON object; set the webhook's content type to application/json");
  }
  dom::object job;
  dom::object repository;
  if (event["workflow_job"].get(job) != simdjson::SUCCESS || event["repository"].get(repository) != simdjson::SUCCESS) {
    return malformed("the delivery has no workflow_job and repository");
  }
  GithubJobEvent read;
  read.repo = to_lower_ascii(text_of(repository, "full_name"));
  if (!is_full_name(read.repo)) return malformed("the delivery's repository has no full_name");
  read.job.queued = text_of(job, "status") == "queued";
  if (!read_labels(job, read.job)) return malformed("the delivery's workflow_job has no labels");
  return read;
}

bool is_github_signature(std::string_view header, std::string_view body, std::string_view secret) {
  constexpr std::string_view kScheme = "sha256=";
  constexpr std::size_t kBytes = 32;
  if (secret.empty() || secret.size() > INT_MAX || !header.starts_with(kScheme)) return false;
  header.remove_prefix(kScheme.size());
  if (header.size() != 2 * kBytes) return false;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size) == nullptr ||
      size != kBytes) {
    return false;
  }
  std::string expected;
  for (std::size_t i = 0; i < kBytes; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    expected += kDigits[digest.at(i) >> 4U];
    expected += kDigits[digest.at(i) & 15U];
  }
  return CRYPTO_memcmp(expected.data(), header.data(), expected.size()) == 0;
}

}  // namespace fas::metrics
