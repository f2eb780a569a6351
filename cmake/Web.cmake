# The dashboard: fas_web, a library with the bundle of web/ in it. A release archive holds the bundle in web/dist; from a
# checkout npm makes it, within the build folder alone, so that build folders do not meet.
option(FAS_WEB "Embed the dashboard (needs npm, or a bundle in web/dist)" ON)

set(web ${CMAKE_SOURCE_DIR}/web)
set(web_build ${CMAKE_BINARY_DIR}/web)
set(web_bundle ${CMAKE_BINARY_DIR}/generated/web_bundle.cpp)
set(web_embed ${CMAKE_SOURCE_DIR}/cmake/EmbedWeb.cmake)
file(MAKE_DIRECTORY ${web_build} ${CMAKE_BINARY_DIR}/generated)

if(NOT FAS_WEB)
  add_custom_command(
    OUTPUT ${web_bundle}
    COMMAND ${CMAKE_COMMAND} -DOUT=${web_bundle} -P ${web_embed}
    DEPENDS ${web_embed}
    VERBATIM)
elseif(EXISTS ${web}/dist/index.html)
  file(GLOB_RECURSE dist CONFIGURE_DEPENDS ${web}/dist/*)
  add_custom_command(
    OUTPUT ${web_bundle}
    COMMAND ${CMAKE_COMMAND} -DDIST=${web}/dist -DOUT=${web_bundle} -P ${web_embed}
    DEPENDS ${web_embed} ${dist}
    VERBATIM)
else()
  find_program(FAS_NPM npm)
  find_program(FAS_NODE NAMES node nodejs)
  if(NOT FAS_NPM OR NOT FAS_NODE)
    message(FATAL_ERROR "The dashboard is built with npm (Node 18 or newer), which is missing: run scripts/setup, "
                        "or configure with -DFAS_WEB=OFF to build without the dashboard.")
  endif()
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${web}/src/*)
  # Its packages only change with the lock file.
  add_custom_command(
    OUTPUT ${web_build}/packages.stamp
    COMMAND ${CMAKE_COMMAND} -E copy ${web}/package.json ${web}/package-lock.json ${web_build}
    COMMAND ${FAS_NPM} ci --prefix ${web_build} --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${web_build}/packages.stamp
    DEPENDS ${web}/package.json ${web}/package-lock.json
    WORKING_DIRECTORY ${web_build}
    COMMENT "Installing the dashboard's packages"
    VERBATIM)
  add_custom_command(
    OUTPUT ${web_bundle}
    COMMAND ${FAS_NODE} ${web}/build.mjs --modules ${web_build}/node_modules --out ${web_build}/dist
    COMMAND ${CMAKE_COMMAND} -DDIST=${web_build}/dist -DOUT=${web_bundle} -P ${web_embed}
    DEPENDS ${web_embed} ${web}/build.mjs ${web}/tsconfig.json ${web_sources} ${web_build}/packages.stamp
    COMMENT "Bundling the dashboard"
    VERBATIM)
endif()

add_library(fas_web STATIC ${web_bundle})
target_include_directories(fas_web PRIVATE ${CMAKE_SOURCE_DIR}/src)
