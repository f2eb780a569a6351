// A thin layer over SQLite's C interface: handles that close themselves, and errors as Results.
//
// Kinds of errors: kMalformed when the file is not a sound database, kCapacity when the disk is full, kTimeout when
// somebody else holds the database or the call was given up, kUnavailable for everything else that a disk does,
// kInvalid for a statement that the database's tables do not fit, kInternal for the rest. Not for several threads at a
// time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fas::control::sqlite {

class Statement {
 public:
  Statement() = default;  // of nothing; only to be assigned to

  // Parameters count from 1. The bytes of a text stay where they are until the next reset() or bind() of it.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::string_view bytes);  // likewise

  Result<bool> step();  // true: there is a row
  Result<void> run();   // step() to the end, and reset()
  void reset();

  // Of the row; columns count from 0. A text is valid until the next step() or reset().
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_result_ = SQLITE_OK;  // the first that failed; step() reports it
};

// Statements of it have to be gone before it is.
class Database {
 public:
  // Asked now and then while a call works or waits for somebody else's lock; true ends the call with kTimeout.
  using GiveUp = std::function<bool()>;

  // `flags` are sqlite3_open_v2's.
  static Result<Database> open(const std::string& path, int flags, GiveUp give_up = {});

  Result<Statement> prepare(std::string_view sql);
  Result<void> run(const std::string& sql);           // one or more statements without rows of interest
  Result<std::int64_t> number(std::string_view sql);  // the first column of the first row; 0 without a row
  Result<std::string> text(std::string_view sql);     // likewise; empty
  std::int64_t changes() const { return sqlite3_changes64(database_.get()); }  // rows, by the last statement

  // Is the file still the one that its path leads to? Not after somebody has deleted or replaced it.
  bool in_place() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}
  void set_give_up(GiveUp give_up);

  std::unique_ptr<GiveUp> give_up_;  // has an address that SQLite keeps
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace fas::control::sqlite
