#include "coordination/postgres_failure.h"

#include <fmt/format.h>

#include "metrics/http_call.h"

namespace fas::coordination {
namespace {

struct Meaning {
  ErrorKind kind;
  std::string_view remedy;
};

Meaning meaning_of(std::string_view state) {
  if (state == "42501") {
    return {ErrorKind::kUnauthorized,
            "; GRANT SELECT, INSERT, UPDATE, DELETE on fly_autoscaler_members and fly_autoscaler_apps to this user, "
            "and CREATE on the schema where they are not there yet"};
  }
  if (is_missing_table(state)) return {ErrorKind::kInvalid, "; check the database and the search_path"};
  if (is_read_only(state)) return {ErrorKind::kUnavailable, "; this is a replica, name the primary"};
  if (state == "42703" || state == "42804") {
    return {ErrorKind::kInvalid, "; the tables fly_autoscaler_* are not those of this version"};
  }
  if (state.starts_with("28")) return {ErrorKind::kUnauthorized, "; check user and password"};
  if (state.starts_with("22") || state.starts_with("42")) return {ErrorKind::kInvalid, ""};
  // The server may have gone down after the commit, while it waited for a replica.
  if (state.starts_with("57P")) return {ErrorKind::kUnknownOutcome, ""};
  return {ErrorKind::kUnavailable, ""};
}

}  // namespace

Error statement_failure(std::string_view state, std::string_view message) {
  const Meaning meaning = meaning_of(state);
  return fail(meaning.kind, fmt::format("{}{}", metrics::one_line(message), meaning.remedy)).error();
}

Error connect_failure(Error error) {
  if (error.kind == ErrorKind::kNotFound) error.kind = ErrorKind::kInvalid;
  return error;
}

// serialization_failure, deadlock_detected
bool is_undone(std::string_view state) { return state == "40001" || state == "40P01"; }

bool is_missing_table(std::string_view state) { return state == "42P01"; }

// unique_violation (of the catalogue), duplicate_table, duplicate_object
bool is_made_by_another(std::string_view state) { return state == "23505" || state == "42P07" || state == "42710"; }

bool is_read_only(std::string_view state) { return state == "25006"; }

}  // namespace fas::coordination
