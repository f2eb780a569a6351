# Debian bookworm's packages; scripts/setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
# Not by their .pc files, whose definitions do not go with the shared precompiled header.
find_library(FAS_HIREDIS hiredis REQUIRED)
find_library(FAS_GRPCPP grpc++ REQUIRED)
find_library(FAS_GRPC grpc REQUIRED)
find_library(FAS_GPR gpr REQUIRED)
find_library(FAS_PROTOBUF protobuf REQUIRED)
find_library(FAS_ABSL_SYNCHRONIZATION absl_synchronization REQUIRED)  # inline in the headers of gRPC
find_program(FAS_PROTOC protoc REQUIRED)
find_program(FAS_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
find_package(date REQUIRED)

# Header-only Asio and Beast with what every user of them must agree on.
add_library(fas_asio INTERFACE)
target_compile_definitions(fas_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION
                                              BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_HAS_CO_AWAIT)
target_link_libraries(fas_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
