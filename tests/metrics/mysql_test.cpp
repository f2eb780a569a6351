// The parts of the source mysql that need no server.
#include <gtest/gtest.h>

#include "metrics/mysql_error.h"
#include "metrics/mysql_options.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

TEST(MysqlOptions, Table) {
  struct Case {
    std::string_view dsn;
    std::string_view place;
    std::string_view user, password;
    MysqlTls mode = MysqlTls::kPrefer;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"mysql://u:p@db.internal", "db.internal:3306", "u", "p"},
           {"mysql://db.internal:3307/", "db.internal:3307", "", ""},
           {" mysql://u:p@db.internal:3307/jobs ", "db.internal:3307/jobs", "u", "p"},
           {"mariadb://u:a%40b%2F%25@[fdaa::3]:3307/j%C3%BCbe", "[fdaa::3]:3307/jübe", "u", "a@b/%"},
           {"mysql2://u:a@b/c:d@db/jobs", "db:3306/jobs", "u", "a@b/c:d"},
           {"mysql+pymysql://u@db/jobs?charset=utf8mb4", "db:3306/jobs", "u", ""},
           {"MYSQL://db/jobs?ssl-mode=REQUIRED", "db:3306/jobs", "", "", MysqlTls::kRequire},
           {"mysql://db/jobs?ssl_mode=VERIFY_IDENTITY", "db:3306/jobs", "", "", MysqlTls::kVerifyFull},
           {"mysql://db/jobs?x=1&sslaccept=strict", "db:3306/jobs", "", "", MysqlTls::kVerifyFull},
           {"mysql://db/jobs?sslmode=disable", "db:3306/jobs", "", "", MysqlTls::kDisable},
           {"mysql:///jobs?socket=/run/mysqld/mysqld.sock", "/run/mysqld/mysqld.sock/jobs", "", ""},
       }) {
    SCOPED_TRACE(c.dsn);
    const Result<MysqlOptions> options = read_mysql_options(settings({{"dsn", text(std::string(c.dsn))}}));
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(printable(*options), c.place);
    EXPECT_EQ(options->user, c.user);
    EXPECT_EQ(options->password, c.password);
    EXPECT_EQ(options->mode, c.mode);
  }
}

TEST(MysqlOptions, FieldsOverrideTheDsn) {
  const Result<MysqlOptions> options =
      read_mysql_options(settings({{"dsn", text("mysql://u:p@db/jobs?socket=/run/s")},
                                   {"host", text("other")},
                                   {"port", std::int64_t{9}},
                                   {"user", text("me")},
                                   {"password", text("secret")},
                                   {"database", text("")},
                                   {"tls", std::make_shared<const Settings>(settings({{"ca", text("/ca.pem")}}))}}));
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(printable(*options), "other:9/jobs");
  EXPECT_EQ(options->user, "me");
  EXPECT_EQ(options->password, "secret");
  EXPECT_EQ(options->mode, MysqlTls::kVerifyFull);
}

TEST(MysqlOptions, Errors) {
  const auto tls = [](const Settings& inner) -> FieldValue { return std::make_shared<const Settings>(inner); };
  struct Case {
    Settings settings;
    std::string_view message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {settings({}), "mysql dsn or host required"},
           {settings({{"dsn", text("secret@db")}}), "mysql dsn must begin with mysql://"},
           {settings({{"dsn", text("postgres://u:secret@db/x")}}), "mysql dsn must begin with mysql://"},
           {settings({{"dsn", text("mysql://u:secret@/x")}}), "mysql dsn or host required"},
           {settings({{"dsn", text("mysql://u:secret%zz@db/x")}}), "no two hexadecimal digits"},
           {settings({{"dsn", text("mysql://u:1?secret@db/x")}}), "has a ? in user or password"},
           {settings({{"dsn", text("mysql://u:secret@[::1/x")}}), "a [ without its ]"},
           {settings({{"dsn", text("mysql://u:secret@db:0/x")}}), "port must be from 1 to 65535"},
           {settings({{"dsn", text("mysql://u:secret@db/x?tls=skip-verify")}}),
            "the parameter tls, which is not known"},
           {settings({{"dsn", text("mysql://u:secret@db/x?sslMode=VERIFY_CA")}}), "mysql sslmode must be"},
           {settings({{"host", text("a,b")}}), "mysql host must be one name or address"},
           {settings({{"host", text("a")}, {"port", std::int64_t{70000}}}), "port must be from 1 to 65535"},
           {settings({{"host", text("a")}, {"sslmode", text("disable")}, {"tls", tls(settings({}))}}), "leave out one"},
           {settings({{"host", text("a")}, {"tls", tls(settings({{"server-name", text("b")}}))}}),
            "leave out tls.server-name"},
       }) {
    const Result<MysqlOptions> options = read_mysql_options(c.settings);
    ASSERT_FALSE(options) << c.message;
    EXPECT_EQ(options.error().kind, ErrorKind::kInvalid);
    EXPECT_TRUE(options.error().message.contains(c.message)) << options.error().message;
    EXPECT_FALSE(options.error().message.contains("secret")) << options.error().message;
  }
}

TEST(MysqlError, Table) {
  struct Case {
    unsigned code;
    std::string_view state;
    ErrorKind kind;
    bool ends = false;
  };
  for (const Case& c : std::initializer_list<Case>{
           {1045, "28000", ErrorKind::kUnauthorized},
           {1698, "28000", ErrorKind::kUnauthorized},
           {1146, "42S02", ErrorKind::kNotFound},
           {1064, "42000", ErrorKind::kInvalid},
           {1690, "22003", ErrorKind::kInvalid},
           {1969, "70100", ErrorKind::kTimeout},
           {3024, "HY000", ErrorKind::kTimeout},
           {1040, "08004", ErrorKind::kUnavailable},
           {2002, "HY000", ErrorKind::kUnavailable, true},
           {2006, "HY000", ErrorKind::kUnavailable, true},
           {4031, "HY000", ErrorKind::kUnavailable, true},
           {0, "", ErrorKind::kUnavailable},
       }) {
    const Error error = mysql_failure(c.code, c.state, "what\nhappened");
    EXPECT_EQ(error.kind, c.kind) << c.code;
    EXPECT_TRUE(error.message.starts_with("what happened (error ")) << error.message;
    EXPECT_EQ(ends_mysql_connection(c.code), c.ends) << c.code;
  }
}

}  // namespace
}  // namespace fas::metrics
