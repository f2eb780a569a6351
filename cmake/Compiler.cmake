# One place for every compiler switch: language, warnings, sanitizers, cache and linker.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header is part of what ccache hashes only with this sloppiness.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Designated initialisers leave out what keeps its default; that is their use here.
add_compile_options(-Wall -Wextra -Wpedantic -Wno-missing-field-initializers -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# Everywhere or nowhere: a precompiled header only serves sources with the same predefined macros.
add_compile_options(-pthread)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Both report false positives on coroutine frames and std::expected in GCC 12 (GCC bugs 105562, 109240).
  add_compile_options(-fpch-preprocess -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12's own std::stable_sort calls what C++17 deprecated.
  add_compile_options(-Wno-deprecated-declarations)
endif()
if(FAS_SANITIZE)
  add_compile_options(-fsanitize=${FAS_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FAS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-error)  # the sanitizers' instrumentation trips GCC's flow warnings
  endif()
endif()
if(FAS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
