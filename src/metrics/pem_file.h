// TLS material for libraries that take only the paths of files.
#pragma once

#include <string>

#include "base/error.h"

namespace fas::metrics {

// PEM text as a file in memory, which nobody else can open and which ends with this object; a path stays a path.
class PemFile {
 public:
  PemFile() = default;
  PemFile(PemFile&& other) noexcept;
  PemFile& operator=(PemFile&& other) noexcept;
  ~PemFile();

  static Result<PemFile> make(const std::string& text_or_path);

  const std::string& path() const { return path_; }  // empty: nothing was given

 private:
  int descriptor_ = -1;
  std::string path_;
};

// A file with the authorities that this system trusts: SSL_CERT_FILE, else Debian's; empty when there is none.
std::string system_authorities();

}  // namespace fas::metrics
