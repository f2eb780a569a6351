// Why nothing is had by two. All at READ COMMITTED; where a stricter level is set, what the server undoes
// for it is repeated.
//
// 1. A lease lives while its member's row exists. The row is inserted once and never again, since leases are random and
//    new at each join; so whoever sees a lease at an app and, in the same snapshot, no row of it, knows that it has
//    ended for good: the join had committed before the claim that wrote the app.
// 2. What writes under a lease locks the member's row FOR KEY SHARE first. A DELETE of it waits for that, and after the
//    DELETE nothing is written under the lease. A renewal does not wait: it changes no key.
// 3. A DELETE of what has run out and a renewal judge the row anew once the other has let go of it: either the renewal
//    finds none, or the DELETE finds a later `expires`.
// 4. A claim judges the newest version of an app's row, which ON CONFLICT has locked, by that version alone and by the
//    set of leases that had ended in its snapshot (1). It must not look members up by the row's lease there: who joined
//    and claimed since the snapshot would seem not to exist.
// 5. Member rows are locked before app rows, and each by name: there is no cycle of waiting.
#include "coordination/postgres_statement.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <map>
#include <utility>

namespace fas::coordination {
namespace {

// Object identifiers of Postgres' built-in types (pg_type.dat); they never change.
constexpr unsigned kBytea = 17;
constexpr unsigned kInt8 = 20;
constexpr unsigned kText = 25;
constexpr unsigned kByteaArray = 1001;
constexpr unsigned kTextArray = 1009;
constexpr unsigned kInt8Array = 1016;

// Memories stand aside of their rows, also the short ones, so that to look who owns what reads little.
constexpr const char* kCreateApps =
    "CREATE TABLE IF NOT EXISTS fly_autoscaler_apps ("
    " grp text NOT NULL, app text NOT NULL, lease text, number bigint NOT NULL, memory bytea NOT NULL,"
    " PRIMARY KEY (grp, app)) WITH (toast_tuple_target = 128, fillfactor = 70)";
constexpr const char* kCreateMembers =
    "CREATE TABLE IF NOT EXISTS fly_autoscaler_members ("
    " grp text NOT NULL, name text NOT NULL, address text NOT NULL, lease text NOT NULL UNIQUE,"
    " ttl interval NOT NULL, expires timestamptz NOT NULL, PRIMARY KEY (grp, name)) WITH (fillfactor = 50)";

// The row is looked at again once it is locked: a renewal may have come first.
constexpr const char* kExpire =
    "DELETE FROM fly_autoscaler_members AS m USING ("
    " SELECT lease FROM fly_autoscaler_members WHERE grp = $1 AND expires < clock_timestamp()"
    " ORDER BY name FOR UPDATE) AS late"
    " WHERE m.grp = $1 AND m.lease = late.lease AND m.expires < clock_timestamp()";

constexpr const char* kJoin =
    "INSERT INTO fly_autoscaler_members (grp, name, address, lease, ttl, expires)"
    " VALUES ($1, $2, $3, $4, $5 * interval '1 millisecond', clock_timestamp() + $5 * interval '1 millisecond')"
    " ON CONFLICT (grp, name) DO NOTHING RETURNING lease";

constexpr const char* kRenew =
    "UPDATE fly_autoscaler_members SET expires = clock_timestamp() + ttl"
    " WHERE grp = $1 AND lease = $2 AND expires >= clock_timestamp() RETURNING lease";

constexpr const char* kLeave = "DELETE FROM fly_autoscaler_members WHERE grp = $1 AND lease = $2";

// Of `living`. Complete, though cheap: a taking makes the sum larger for good, since no row of an app is ever deleted;
// and without one in between, giving up makes the count smaller.
constexpr const char* kSeen =
    "SELECT coalesce((SELECT string_agg(lease, ',' ORDER BY lease) FROM living), '') || (SELECT"
    " concat('/', sum(number), '/', count(lease)) FROM fly_autoscaler_apps WHERE grp = $1)";

constexpr const char* kLook =
    "WITH living AS (SELECT lease FROM fly_autoscaler_members WHERE grp = $1 AND expires >= clock_timestamp()) {}";

// It ends what has run out rather than leave it out only, so that a member that is not seen once is never seen again,
// even if the server's clock is set back. A replica, which may be behind, cannot do it and says so.
constexpr const char* kView =
    "WITH gone AS ({} RETURNING m.lease),"
    " living AS (SELECT name, address, lease FROM fly_autoscaler_members"
    "  WHERE grp = $1 AND lease NOT IN (SELECT lease FROM gone))"
    " SELECT 'seen', ({}), NULL, NULL"
    " UNION ALL SELECT 'member', name, address, lease FROM living"
    " UNION ALL SELECT 'app', a.app, NULL, a.lease FROM fly_autoscaler_apps AS a JOIN living USING (lease)"
    "  WHERE a.grp = $1";

constexpr const char* kMe =
    "WITH me AS (SELECT lease FROM fly_autoscaler_members"
    " WHERE grp = $1 AND lease = $2 AND expires >= clock_timestamp() FOR KEY SHARE)";

// What the lease has already is written again as it was: so the answer is of the locked rows, too.
constexpr const char* kClaim =
    "{},"
    " ended AS (SELECT a.lease FROM fly_autoscaler_apps AS a"
    "  WHERE a.grp = $1 AND a.app = ANY ($3) AND a.lease IS NOT NULL"
    "  AND NOT EXISTS (SELECT FROM fly_autoscaler_members AS m WHERE m.lease = a.lease)),"
    " taken AS (INSERT INTO fly_autoscaler_apps AS had (grp, app, lease, number, memory)"
    "  SELECT $1, wanted.app, me.lease, 1, ''::bytea FROM me, unnest($3) AS wanted (app) ORDER BY wanted.app"
    "  ON CONFLICT (grp, app) DO UPDATE SET lease = excluded.lease,"
    "   number = had.number + CASE WHEN had.lease = excluded.lease THEN 0 ELSE 1 END"
    "  WHERE had.lease IS NULL OR had.lease = excluded.lease OR had.lease IN (SELECT lease FROM ended)"
    "  RETURNING had.app, had.number, had.memory)"
    " SELECT NULL, NULL, NULL FROM me UNION ALL SELECT app, number::text, memory FROM taken";

constexpr const char* kKeep =
    "{},"
    " given AS (SELECT * FROM unnest($3, $4, $5) AS g (app, number, memory)),"
    " mine AS (SELECT a.app, given.number, given.memory FROM fly_autoscaler_apps AS a, given, me"
    "  WHERE a.grp = $1 AND a.app = given.app AND a.lease = me.lease AND a.number = given.number"
    "  ORDER BY a.app FOR NO KEY UPDATE OF a),"
    " kept AS (UPDATE fly_autoscaler_apps AS a SET memory = mine.memory{}"
    "  FROM mine WHERE a.grp = $1 AND a.app = mine.app AND a.lease = $2 AND a.number = mine.number RETURNING a.app)"
    " SELECT NULL FROM me UNION ALL SELECT app FROM kept";

// Most significant byte first, as all numbers of the protocol.
template <class Number>
void append(std::string& bytes, Number number) {
  for (int shift = 8 * (static_cast<int>(sizeof(Number)) - 1); shift >= 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<unsigned char>(number >> shift));
  }
}

PostgresParameter text(std::string value) { return {.type = kText, .value = std::move(value)}; }

PostgresParameter number(std::int64_t value) {
  PostgresParameter parameter{.type = kInt8, .value = {}};
  append(parameter.value, value);
  return parameter;
}

// array_recv() in Postgres' sources: dimensions, whether there are NULLs, the elements' type; the one dimension's size
// and first index; the elements.
class Array {
 public:
  Array(unsigned type, unsigned element, std::size_t size) : parameter_{.type = type, .value = {}} {
    append(parameter_.value, std::int32_t{1});
    append(parameter_.value, std::int32_t{0});
    append(parameter_.value, static_cast<std::int32_t>(element));
    append(parameter_.value, static_cast<std::int32_t>(size));
    append(parameter_.value, std::int32_t{1});
  }
  void add(const std::string& bytes) {
    append(parameter_.value, static_cast<std::int32_t>(bytes.size()));
    parameter_.value += bytes;
  }
  PostgresParameter take() { return std::move(parameter_); }

 private:
  PostgresParameter parameter_;
};

const std::string& cell(const PostgresRow& row, std::size_t column) {
  static const std::string none;
  return column < row.size() && row[column] ? *row[column] : none;
}

bool is_null(const PostgresRow& row) { return row.empty() || !row.front(); }

std::int64_t to_number(const std::string& digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::vector<PostgresStatement> create_statements() {
  return {{.sql = kCreateApps, .parameters = {}}, {.sql = kCreateMembers, .parameters = {}}};
}

PostgresStatement expire_statement(const std::string& group) { return {.sql = kExpire, .parameters = {text(group)}}; }

PostgresStatement join_statement(const std::string& group, const Member& member, std::chrono::milliseconds ttl) {
  return {
      .sql = kJoin,
      .parameters = {text(group), text(member.name), text(member.address), text(member.lease), number(ttl.count())}};
}

PostgresStatement renew_statement(const std::string& group, const Lease& lease) {
  return {.sql = kRenew, .parameters = {text(group), text(lease)}};
}

PostgresStatement leave_statement(const std::string& group, const Lease& lease) {
  return {.sql = kLeave, .parameters = {text(group), text(lease)}};
}

PostgresStatement view_statement(const std::string& group) {
  return {.sql = fmt::format(kView, kExpire, kSeen), .parameters = {text(group)}};
}

PostgresView read_view(const PostgresRows& rows) {
  PostgresView read;
  std::map<std::string, Member> members;
  for (const PostgresRow& row : rows) {
    const std::string& kind = cell(row, 0);
    const std::string& name = cell(row, 1);
    if (kind == "seen") read.seen = name;
    if (kind == "member") members[name] = {.name = name, .address = cell(row, 2), .lease = cell(row, 3)};
    if (kind == "app") read.view.owners[name] = cell(row, 3);
  }
  for (auto& [name, member] : members) read.view.members.push_back(std::move(member));
  return read;
}

PostgresStatement look_statement(const std::string& group) {
  return {.sql = fmt::format(kLook, kSeen), .parameters = {text(group)}};
}

PostgresStatement claim_statement(const std::string& group, const Lease& lease, const std::vector<std::string>& apps) {
  Array names(kTextArray, kText, apps.size());
  for (const std::string& app : apps) names.add(app);
  return {.sql = fmt::format(kClaim, kMe), .parameters = {text(group), text(lease), names.take()}};
}

bool read_claim(const PostgresRows& rows, Holdings& holdings) {
  bool living = false;
  for (const PostgresRow& row : rows) {
    if (is_null(row)) {
      living = true;
    } else {
      holdings[cell(row, 0)] = {.memory = cell(row, 2), .number = to_number(cell(row, 1))};
    }
  }
  return living;
}

PostgresStatement keep_statement(PostgresKeeping what, const std::string& group, const Lease& lease,
                                 const std::vector<AppMemory>& memories) {
  Array names(kTextArray, kText, memories.size());
  Array numbers(kInt8Array, kInt8, memories.size());
  Array texts(kByteaArray, kBytea, memories.size());
  for (const AppMemory& memory : memories) {
    names.add(memory.app);
    numbers.add(number(memory.holding.number).value);
    texts.add(memory.holding.memory);
  }
  return {.sql = fmt::format(kKeep, kMe, what == PostgresKeeping::kSave ? "" : ", lease = NULL"),
          .parameters = {text(group), text(lease), names.take(), numbers.take(), texts.take()}};
}

std::optional<std::set<std::string>> read_kept(const PostgresRows& rows) {
  bool living = false;
  std::set<std::string> kept;
  for (const PostgresRow& row : rows) {
    if (is_null(row)) {
      living = true;
    } else {
      kept.insert(cell(row, 0));
    }
  }
  if (!living) return std::nullopt;
  return kept;
}

}  // namespace fas::coordination
