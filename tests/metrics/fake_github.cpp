#include "tests/metrics/fake_github.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>

#include "base/text.h"
#include "tests/support/fake_transport.h"

namespace fas::metrics {
namespace {

std::shared_ptr<EVP_PKEY> rsa_key() {
  static const std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(2048), &EVP_PKEY_free);
  return key;
}

std::string base64url_decode(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string result;
  unsigned bits = 0;
  unsigned value = 0;
  for (const char c : text) {
    value = (value << 6U) | static_cast<unsigned>(kDigits.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    result += static_cast<char>((value >> bits) & 255U);
  }
  return result;
}

std::string parameter(std::string_view query, std::string_view name) {
  for (const std::string_view each : split(query, '&')) {
    if (each.starts_with(std::string(name) + "=")) return std::string(each.substr(name.size() + 1));
  }
  return {};
}

std::string_view member_of(std::string_view path) {
  if (path.ends_with("/jobs")) return "jobs";
  if (path.ends_with("/runs")) return "workflow_runs";
  return path == "/installation/repositories" ? "repositories" : "";
}

}  // namespace

std::string rsa_private_pem() {
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(memory.get(), rsa_key().get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string verified_claims(const std::string& jwt) {
  const std::vector<std::string_view> parts = split(jwt, '.');
  if (parts.size() != 3 || base64url_decode(parts[0]) != R"({"alg":"RS256","typ":"JWT"})") return {};
  const std::string text = fmt::format("{}.{}", parts[0], parts[1]);
  const std::string signature = base64url_decode(parts[2]);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, rsa_key().get());
  const bool valid =
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  return valid ? base64url_decode(parts[1]) : "";
}

FakeGithub::FakeGithub() = default;

void FakeGithub::add_run(const std::string& repo, std::int64_t id, const std::string& status) {
  for (const std::string each : {"queued", "in_progress"})
    lists[fmt::format("/repos/{}/actions/runs?status={}", repo, each)];
  lists[fmt::format("/repos/{}/actions/runs?status={}", repo, status)].push_back(
      fmt::format(R"({{"id":{},"status":"{}","name":"build"}})", id, status));
  lists[fmt::format("/repos/{}/actions/runs/{}/jobs", repo, id)];
}

void FakeGithub::add_job(const std::string& repo, std::int64_t run, const std::string& status,
                         const std::string& labels) {
  std::string quoted;
  for (const std::string_view label : split(labels, ',')) {
    if (!label.empty()) quoted += fmt::format("{}\"{}\"", quoted.empty() ? "" : ",", label);
  }
  lists[fmt::format("/repos/{}/actions/runs/{}/jobs", repo, run)].push_back(
      fmt::format(R"({{"id":1,"status":"{}","labels":[{}],"steps":[]}})", status, quoted));
}

void FakeGithub::add_repo(const std::string& list, const std::string& repo, bool archived) {
  lists[list].push_back(fmt::format(R"({{"full_name":"{}","archived":{}}})", repo, archived));
  for (const std::string each : {"queued", "in_progress"})
    lists[fmt::format("/repos/{}/actions/runs?status={}", repo, each)];
}

net::HttpResponse FakeGithub::give_token(std::string_view target, const std::string& authorization) {
  if (verified_claims(authorization.substr(authorization.find(' ') + 1)).empty()) {
    return test::reply(401, R"({"message":"A JSON web token could not be decoded"})");
  }
  if (target != "/app/installations/42/access_tokens") return test::reply(404, R"({"message":"Not Found"})");
  token = fmt::format("ghs_s3cret-{}", ++tokens);
  return test::reply(201, fmt::format(R"({{"token":"{}","expires_at":"{}"}})", token, token_ends));
}

net::HttpResponse FakeGithub::answer(const std::string& method, std::string_view target,
                                     const std::string& authorization, const std::string& known_etag) {
  targets.emplace_back(target);
  if (method == "POST") return give_token(target, authorization);
  if (!refusal.empty()) {
    ++refused;
    return test::reply(403, R"({"message":"API rate limit exceeded"})", refusal);
  }
  if (authorization != "Bearer " + token) {
    return test::reply(401, R"({"message":"Bad credentials for )" + authorization + R"("})");
  }
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(std::min(target.find('?') + 1, target.size()));
  const std::string status = parameter(query, "status");
  const auto list = lists.find(std::string(path) + (status.empty() ? "" : "?status=" + status));
  if (list == lists.end()) return test::reply(404, R"({"message":"Not Found"})");

  const std::string page_text = parameter(query, "page");
  std::size_t page = 1;
  std::from_chars(page_text.data(), page_text.data() + page_text.size(), page);
  std::string items;
  const std::size_t end = std::min(page * page_size, list->second.size());
  for (std::size_t i = (page - 1) * page_size; i < end; ++i) items += (items.empty() ? "" : ",") + list->second[i];
  const std::string_view member = member_of(path);
  const std::string body = member.empty()
                               ? fmt::format("[{}]", items)
                               : fmt::format(R"({{"total_count":{},"{}":[{}]}})", list->second.size(), member, items);
  const std::string etag = fmt::format("W/\"{:x}\"", std::hash<std::string>{}(body));
  if (etag == known_etag) {
    ++unchanged;
    return test::reply(304, "");
  }
  ++changed;
  std::vector<net::Header> headers = {{"etag", etag}};
  if (end < list->second.size()) {
    headers.emplace_back("link", fmt::format(R"(<{}{}?status={}&per_page=100&page={}>; rel="next", <x>; rel="last")",
                                             link_host, path, status, page + 1));
  }
  return test::reply(200, body, std::move(headers));
}

net::HttpResponse FakeGithub::answer(const net::HttpRequest& request) {
  const auto header = [&](std::string_view name) -> std::string {
    for (const auto& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return {};
  };
  const std::size_t path = request.url.find('/', request.url.find("://") + 3);
  if (link_host.empty()) link_host = request.url.substr(0, path);
  return answer(request.method, std::string_view(request.url).substr(path), header("Authorization"),
                header("If-None-Match"));
}

test::RawReply FakeGithub::answer(const test::RawRequest& request) {
  const std::vector<std::string_view> words = split(request.line, ' ');
  if (link_host.empty()) link_host = "http://" + request.header("host");
  const net::HttpResponse response =
      answer(std::string(words[0]), words[1], request.header("authorization"), request.header("if-none-match"));
  std::string headers;
  for (const auto& [name, value] : response.headers) headers += fmt::format("{}: {}\r\n", name, value);
  return test::http_reply(response.status, response.body, headers);
}

}  // namespace fas::metrics
