#include "fly/token.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace fas::fly {
namespace {

struct Tokens {
  std::vector<std::string_view> macaroons;
  std::vector<std::string_view> users;
};

std::string_view without_scheme(std::string_view text) {
  for (;;) {
    text = trim(text);
    const std::size_t space = text.find(' ');
    const std::string word = to_lower_ascii(text.substr(0, space));
    if (space == std::string_view::npos || (word != "bearer" && word != "flyv1")) return text;
    text.remove_prefix(space + 1);
  }
}

bool is_macaroon(std::string_view part) {
  const std::string_view prefix = part.substr(0, part.find('_'));
  return prefix.size() < part.size() && (prefix == "fm1r" || prefix == "fm1a" || prefix == "fm2");
}

Tokens parse(std::string_view token) {
  Tokens tokens;
  for (const std::string_view piece : split(without_scheme(token), ',')) {
    const std::string_view part = trim(piece);
    if (!part.empty()) (is_macaroon(part) ? tokens.macaroons : tokens.users).push_back(part);
  }
  return tokens;
}

std::string header(std::string_view scheme, const std::vector<std::string_view>& parts) {
  std::string result(scheme);
  char separator = ' ';
  for (const std::string_view part : parts) {
    result += separator;
    result += part;
    separator = ',';
  }
  return result;
}

}  // namespace

std::string machines_authorization(std::string_view token) {
  const Tokens tokens = parse(token);
  return tokens.macaroons.empty() ? header("Bearer", tokens.users) : header("FlyV1", tokens.macaroons);
}

std::string graphql_authorization(std::string_view token) {
  const Tokens tokens = parse(token);
  std::vector<std::string_view> all = tokens.macaroons;
  all.insert(all.end(), tokens.users.begin(), tokens.users.end());
  return header(tokens.macaroons.empty() ? "Bearer" : "FlyV1", all);
}

}  // namespace fas::fly
