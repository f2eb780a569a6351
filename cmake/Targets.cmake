# fas_library(NAME DEPS...): the static library fas_NAME of this folder's sources. One target per folder of src/, so
# that the linker holds the direction of dependencies.
function(fas_library name)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(fas_${name} STATIC ${sources})
  target_include_directories(fas_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(fas_${name} PUBLIC ${ARGN})
endfunction()

# fas_asio_pch(TARGET): use the shared precompiled header of Asio, Beast and JSON.
function(fas_asio_pch target)
  if(FAS_PCH)
    target_precompile_headers(${target} REUSE_FROM fas_net)
  endif()
endfunction()
