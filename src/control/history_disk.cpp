#include "control/history_disk.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "control/history_schema.h"
#include "control/log.h"

namespace fas::control {
namespace {

constexpr std::chrono::minutes kBetweenErrorLines{1};
// A disk that damages every file must not be filled with them.
constexpr std::chrono::minutes kBetweenSetAsides{1};

TimePoint steady_now() { return std::chrono::steady_clock::now(); }

// A name for a damaged file that nothing has yet.
std::string name_aside(const std::string& file) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::string name = file + ".corrupt-" + std::to_string(seconds);
  std::string free = name;
  for (int more = 2; access(free.c_str(), F_OK) == 0; ++more) free = name + "-" + std::to_string(more);
  return free;
}

}  // namespace

HistoryDisk::HistoryDisk(std::string state_dir, HistoryBounds bounds, sqlite::Database::GiveUp give_up)
    : state_dir_(std::move(state_dir)), bounds_(bounds), give_up_(std::move(give_up)) {}

std::optional<Memories> HistoryDisk::open() {
  if (file_ && !file_->in_place()) {
    log_warn("history was deleted or replaced, opening it again", {{"state-dir", state_dir_}});
    close();
    directory_.reset();  // its lock may be gone with it
  }
  if (file_) return std::nullopt;
  Memories memories;
  Result<void> opened = try_open(memories);
  if (!opened && opened.error().kind == ErrorKind::kMalformed && set_aside(opened.error())) {
    opened = try_open(memories);
  }
  if (opened) return memories;
  failed(opened.error());
  return std::nullopt;
}

Result<void> HistoryDisk::try_open(Memories& memories) {
  if (!directory_) {
    Result<StateDir> directory = StateDir::take(state_dir_);
    if (!directory) return std::unexpected(std::move(directory.error()));
    directory_.emplace(std::move(*directory));
  }
  Result<HistoryFile> file = HistoryFile::open(directory_->file(kHistoryFileName), give_up_);
  if (!file) return std::unexpected(std::move(file.error()));
  Result<Memories> read = file->memories();
  if (!read) return std::unexpected(std::move(read.error()));
  memories = std::move(*read);
  file_.emplace(std::move(*file));
  return {};
}

HistoryDisk::Written HistoryDisk::write(const HistoryBatch& batch) {
  if (!file_) return Written::kNo;
  if (batch.empty() && trouble_.empty()) return Written::kYes;
  const Result<void> written = file_->write(batch);
  if (written) {
    succeeded();
    return Written::kYes;
  }
  if (written.error().kind == ErrorKind::kMalformed && set_aside(written.error())) return Written::kAgain;
  failed(written.error());
  return Written::kNo;
}

bool HistoryDisk::trim(WallTime now) {
  if (!file_) return true;
  const Result<bool> more = file_->trim(bounds_, now);
  if (more) return *more;
  if (more.error().kind == ErrorKind::kMalformed && set_aside(more.error())) return true;
  failed(more.error());
  return false;
}

Result<std::vector<HistoryRecord>> HistoryDisk::read(const HistoryQuery& query) {
  if (!file_) return std::vector<HistoryRecord>{};
  Result<std::vector<HistoryRecord>> found = file_->read(query);
  if (found) return found;
  if (found.error().kind == ErrorKind::kMalformed) set_aside(found.error());
  return fail_with("cannot read the history", std::move(found.error()));
}

Result<std::map<WallTime, std::string>> HistoryDisk::chunks(const SampleQuery& query) {
  if (!file_) return std::map<WallTime, std::string>{};
  Result<std::map<WallTime, std::string>> found = file_->chunks(query);
  if (found) return found;
  if (found.error().kind == ErrorKind::kMalformed) set_aside(found.error());
  return fail_with("cannot read the history", std::move(found.error()));
}

bool HistoryDisk::set_aside(const Error& damage) {
  if (!directory_ || steady_now() < next_set_aside_) return false;
  close();
  const std::string file = directory_->file(kHistoryFileName);
  const std::string aside = name_aside(file);
  if (std::rename(file.c_str(), aside.c_str()) != 0) {
    log_error("cannot move the damaged history aside",
              {{"file", file}, {"to", aside}, {"damage", damage.message}, {"err", std::strerror(errno)}});
    return false;
  }
  // Without the file that they belong to, SQLite throws these away.
  for (const char* suffix : {"-wal", "-shm"}) std::rename((file + suffix).c_str(), (aside + suffix).c_str());
  next_set_aside_ = steady_now() + kBetweenSetAsides;
  log_error("history is damaged: moved aside, beginning a new one",
            {{"file", file}, {"moved-to", aside}, {"err", damage.message}});
  return true;
}

void HistoryDisk::close() { file_.reset(); }

void HistoryDisk::failed(const Error& error) {
  // A full disk and a held lock pass by without a new start, and what is there can still be read.
  if (error.kind != ErrorKind::kCapacity && error.kind != ErrorKind::kTimeout) close();
  trouble_ = error.message;
  const TimePoint now = steady_now();
  if (now < next_error_line_) return;
  log_error("history cannot be written, keeping it in memory", {{"state-dir", state_dir_}, {"err", error.message}});
  next_error_line_ = now + kBetweenErrorLines;
  trouble_logged_ = true;
}

void HistoryDisk::succeeded() {
  trouble_.clear();
  if (std::exchange(trouble_logged_, false)) log_info("history is written again", {{"state-dir", state_dir_}});
}

}  // namespace fas::control
