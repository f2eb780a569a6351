// A folder of a test's own, gone with its contents at the end of the scope.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace fas::test {

class TempDir {
 public:
  TempDir();  // throws std::filesystem::filesystem_error when there is no place
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }

  // The path of `name` in the folder, as text.
  std::string file(std::string_view name) const { return (path_ / name).string(); }

  // Writes a file, making the folders above it, and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace fas::test
