#include "expr/token.h"

namespace fas::expr {

std::string describe(const Token& token) {
  static constexpr std::string_view kNames[] = {"EOF",   "Identifier", "Number", "String",
                                                "Bytes", "Operator",   "Bracket"};
  std::string result(kNames[static_cast<std::size_t>(token.kind)]);
  if (token.text.empty()) return result;
  result += "(\"";
  for (const char c : token.text.substr(0, 80)) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  result += token.text.size() > 80 ? "...\")" : "\")";
  return result;
}

std::string_view spelling(Symbol symbol) {
  static constexpr std::string_view kSpellings[] = {
      "",   "?",   "|",       "||",       "or",         "&&",       "and", "==", "!=", "<",  ">", "<=",
      ">=", "in",  "matches", "contains", "startsWith", "endsWith", "..",  "+",  "-",  "*",  "/", "%",
      "**", "^",   "??",      "not",      "!",          ".",        "?.",  "?",  ":",  "::", ",", ";",
      "#",  "let", "if",      "else",     "(",          ")",        "[",   "]",  "{",  "}"};
  return kSpellings[static_cast<std::size_t>(symbol)];
}

}  // namespace fas::expr
