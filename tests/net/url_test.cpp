#include "net/url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fas::net {
namespace {

TEST(Url, PercentEncode) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c?d&e=f%"), "a%20b%2Fc%3Fd%26e%3Df%25");
  EXPECT_EQ(percent_encode("\xC3\xBC\n"), "%C3%BC%0A");
}

TEST(Url, PercentDecode) {
  EXPECT_EQ(percent_decode("a%20b%2fc%2F+%C3%BC"), "a b/c/+\xC3\xBC");
  EXPECT_EQ(percent_decode(""), "");
  for (const char* bad : {"%", "a%2", "%zz", "%-1", "%+1", "% 1"}) EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
}

TEST(Url, PrintableLeavesSecretsOut) {
  struct Case {
    std::string url;
    std::string printed;
  };
  const std::vector<Case> cases = {
      {"https://api.fly.io/graphql", "https://api.fly.io/graphql"},
      {"http://user:pass@host:9090/a/b?token=t#x", "http://host:9090/a/b"},
      {"http://us@er:pa@ss@host", "http://host/"},
      {"http://host?q=/secret@x", "http://host/"},
      {"http://u:p@[::1]:80/x", "http://[::1]:80/x"},
      {"http://h/a b\n\xff", "http://h/a%20b%0A%FF"},
      {"http://[::1", "http://[:/"},
      {"secret", "(not a URL)"},
      {"", "(not a URL)"},
      {"://", ":///"},
  };
  for (const Case& c : cases) EXPECT_EQ(printable_url(c.url).find("secret"), std::string::npos) << c.url;
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(printable_url(cases[i].url), cases[i].printed);
}

TEST(Url, Loopback) {
  for (const char* host : {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "::1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"", "example.test", "127.0.0.1.example.test", "10.0.0.1", "::2", "notlocalhost"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace fas::net
