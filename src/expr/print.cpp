// The syntax tree as source text.
#include <fmt/format.h>

#include "base/number_text.h"
#include "expr/ast.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

bool is_name(std::string_view text) {
  bool first = true;
  while (!text.empty()) {
    const Rune rune = decode_rune(text);
    const bool letter = rune.code == '_' || rune.code == '$' || is_letter(rune.code);
    if (!letter && (first || !is_digit(rune.code))) return false;
    first = false;
    text.remove_prefix(rune.size);
  }
  return !first;
}

class Printer {
 public:
  void print(const Node& node) {
    switch (node.kind) {
      case NodeKind::kConstant: return constant(node.value);
      case NodeKind::kName: out_ += node.name; return;
      case NodeKind::kUnary: return unary(node);
      case NodeKind::kBinary: return parenthesised([&] { binary(node); });
      case NodeKind::kKeep:
      case NodeKind::kKept:
      case NodeKind::kChain: return print(*node.first);
      case NodeKind::kMember: return member(node);
      case NodeKind::kSlice: return slice(node);
      case NodeKind::kCall: return call(*node.first, node.items());
      case NodeKind::kBuiltin:
      case NodeKind::kLoop: out_ += node.name; return list('(', node.items(), ')');
      case NodeKind::kPredicate:
        out_ += '{';
        print(*node.first);
        out_ += '}';
        return;
      case NodeKind::kPointer:
        out_ += '#';
        out_ += node.name;
        return;
      case NodeKind::kConditional: return parenthesised([&] { conditional(node); });
      case NodeKind::kLet: return parenthesised([&] { let(node); });
      case NodeKind::kSequence: return parenthesised([&] { separated(node.items(), "; "); });
      case NodeKind::kArray: return list('[', node.items(), ']');
      case NodeKind::kMap: return map(node.items());
    }
  }

  std::string take() { return std::move(out_); }

 private:
  template <class Inside>
  void parenthesised(Inside inside) {
    out_ += '(';
    inside();
    out_ += ')';
  }

  void separated(std::span<Node* const> nodes, std::string_view separator) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (i > 0) out_ += separator;
      print(*nodes[i]);
    }
  }

  void list(char open, std::span<Node* const> nodes, char close) {
    out_ += open;
    separated(nodes, ", ");
    out_ += close;
  }

  void constant(const Value& value) {
    switch (value.kind()) {
      case Kind::kNil: out_ += "nil"; break;
      case Kind::kBool: out_ += value.as_bool() ? "true" : "false"; break;
      case Kind::kInt: out_ += std::to_string(value.as_int()); break;
      case Kind::kFloat: number(value.as_float()); break;
      case Kind::kBytes: bytes(value.as_text()); break;
      case Kind::kString: text(value.as_text()); break;
      default: break;  // no literal makes one
    }
  }

  // With a point or an exponent, so that it is read as a float again.
  void number(double value) {
    const std::size_t begin = out_.size();
    append_float(out_, value);
    if (out_.find_first_of(".e", begin) == std::string::npos) out_ += ".0";
  }

  void bytes(std::string_view content) {
    out_ += "b\"";
    for (const char c : content) out_ += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    out_ += '"';
  }

  void text(std::string_view content) {
    out_ += '"';
    for (const char c : content) {
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        out_ += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  void unary(const Node& node) {
    parenthesised([&] {
      out_ += spelling(node.symbol);
      if (node.symbol == Symbol::kNot) out_ += ' ';
      print(*node.first);
    });
  }

  void operation(Symbol symbol) {
    out_ += ' ';
    out_ += spelling(symbol);
    out_ += ' ';
  }

  // A comparison that goes on where another ends: a < b && b < c, made of a < b < c.
  static bool goes_on(const Node& node) {
    return node.symbol == Symbol::kAndSign && node.second->is(NodeKind::kBinary) &&
           node.second->first->is(NodeKind::kKept);
  }

  void binary(const Node& node) {
    if (goes_on(node)) {
      binary(*node.first);
      operation(node.second->symbol);
      print(*node.second->second);
      return;
    }
    print(*node.first);
    operation(node.symbol);
    print(*node.second);
  }

  // Numbers and literal words take no member.
  void object(const Node& node) {
    const bool literal = node.is_constant() && !node.value.is(Kind::kString) && !node.value.is(Kind::kBytes);
    if (literal) return parenthesised([&] { print(node); });
    print(node);
  }

  void member(const Node& node) {
    object(*node.first);
    const Node& key = *node.second;
    if (key.is_constant() && key.value.is_string() && is_name(key.value.as_text())) {
      out_ += node.optional ? "?." : ".";
      out_ += key.value.as_text();
      return;
    }
    out_ += node.optional ? "?.[" : "[";
    print(key);
    out_ += ']';
  }

  void slice(const Node& node) {
    object(*node.first);
    out_ += '[';
    if (node.second != nullptr) print(*node.second);
    out_ += ':';
    if (node.third != nullptr) print(*node.third);
    out_ += ']';
  }

  void call(const Node& function, std::span<Node* const> arguments) {
    print(function);
    list('(', arguments, ')');
  }

  void conditional(const Node& node) {
    print(*node.first);
    if (node.second->is(NodeKind::kKept)) {
      out_ += " ?: ";
    } else {
      out_ += " ? ";
      print(*node.second);
      out_ += " : ";
    }
    print(*node.third);
  }

  void let(const Node& node) {
    out_ += "let ";
    out_ += node.name;
    out_ += " = ";
    print(*node.first);
    out_ += "; ";
    print(*node.second);
  }

  void map(std::span<Node* const> items) {
    out_ += '{';
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      if (i > 0) out_ += ", ";
      if (items[i]->is_constant()) {
        print(*items[i]);
      } else {
        parenthesised([&] { print(*items[i]); });
      }
      out_ += ": ";
      print(*items[i + 1]);
    }
    out_ += '}';
  }

  std::string out_;
};

}  // namespace

std::string print(const Node& node) {
  Printer printer;
  printer.print(node);
  return printer.take();
}

}  // namespace fas::expr
