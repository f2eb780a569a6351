#include "metrics/pem_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <utility>

namespace fas::metrics {
namespace {

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

PemFile::PemFile(PemFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

PemFile& PemFile::operator=(PemFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

PemFile::~PemFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<PemFile> PemFile::make(const std::string& text_or_path) {
  PemFile file;
  if (!text_or_path.contains("-----BEGIN ")) {
    file.path_ = text_or_path;
    return file;
  }
  file.descriptor_ = ::memfd_create("pem", MFD_CLOEXEC);
  // libpq refuses a private key that others could read.
  if (file.descriptor_ < 0 || ::fchmod(file.descriptor_, S_IRUSR | S_IWUSR) != 0 ||
      !write_all(file.descriptor_, text_or_path)) {
    return fail(ErrorKind::kUnavailable, "cannot keep the TLS material in memory; give a path instead of PEM text");
  }
  file.path_ = "/proc/self/fd/" + std::to_string(file.descriptor_);
  return file;
}

std::string system_authorities() {
  const char* file = std::getenv("SSL_CERT_FILE");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  if (file != nullptr) return file;
  constexpr const char* kDebians = "/etc/ssl/certs/ca-certificates.crt";
  return ::access(kDebians, R_OK) == 0 ? kDebians : "";
}

}  // namespace fas::metrics
