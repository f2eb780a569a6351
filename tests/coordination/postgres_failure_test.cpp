#include "coordination/postgres_failure.h"

#include <gtest/gtest.h>

#include <string>

#include "coordination/postgres_statement.h"

namespace fas::coordination {
namespace {

TEST(PostgresFailure, Kinds) {
  struct Case {
    std::string_view state;
    ErrorKind kind;
  };
  for (const Case& c :
       {Case{"42501", ErrorKind::kUnauthorized}, Case{"28P01", ErrorKind::kUnauthorized},
        Case{"42P01", ErrorKind::kInvalid}, Case{"42703", ErrorKind::kInvalid}, Case{"22021", ErrorKind::kInvalid},
        Case{"25006", ErrorKind::kUnavailable}, Case{"40001", ErrorKind::kUnavailable},
        Case{"53300", ErrorKind::kUnavailable}, Case{"57014", ErrorKind::kUnavailable},
        Case{"57P01", ErrorKind::kUnknownOutcome}, Case{"", ErrorKind::kUnavailable}}) {
    const Error error = statement_failure(c.state, "the server's\nwords");
    EXPECT_EQ(error.kind, c.kind) << c.state;
    EXPECT_TRUE(error.message.starts_with("the server's words")) << error.message;
  }
  Error nowhere;
  nowhere.kind = ErrorKind::kNotFound;
  EXPECT_EQ(connect_failure(nowhere).kind, ErrorKind::kInvalid) << "only a lease is not found";
}

// A view somebody has put in place of a table may answer anything.
TEST(PostgresStatement, RowsOfAnyShapeAreRead) {
  for (const PostgresRows& rows :
       {PostgresRows{}, PostgresRows{{}}, PostgresRows{{std::nullopt}}, PostgresRows{{"app"}}, PostgresRows{{"member"}},
        PostgresRows{{"x", "nine"}}, PostgresRows{{"x", "99999999999999999999", std::nullopt}}}) {
    read_view(rows);
    Holdings holdings;
    read_claim(rows, holdings);
    for (const auto& [app, holding] : holdings) EXPECT_EQ(holding.number, 0);
    read_kept(rows);
  }
}

}  // namespace
}  // namespace fas::coordination
