# Find V8, or fetch it. These places are tried in this order. The one that is used is printed:
#
#   1. V8_ROOT (-DV8_ROOT=… or the environment): a V8 built by `make v8` or by hand
#   2. the V8 that `make v8` has put into the user's cache folder
#   3. an installed development package: libnode-dev on Debian and Ubuntu, nodejs-devel or v8-devel
#      on Fedora, Homebrew's v8
#   4. on Debian-family systems, the distribution's libnodeNNN and libnode-dev, downloaded and
#      unpacked into the build folder. libnode-dev cannot be installed beside the widespread nodejs
#      packages of other vendors; this works there too.
# libnode is Node.js as a library. It exports V8's whole API, including the inspector. No code of
# Node.js runs when it is used.
#
# Defines the target V8::V8 and
#   V8_VERSION       as in v8-version.h
#   V8_LIBRARY       the library, symbolic links resolved
#   V8_INCLUDE_DIRS
#   V8_BUNDLED       whether the library has to be installed with ours (it is not the system's)
#   V8_LICENSE       the file with its licence, or empty
#
# Nothing is cached: another V8_ROOT, or a `make v8`, takes effect at the next configure.

set(_v8_oldest 10.2)

# Looks for a complete V8 (headers, including the inspector's, and the library) below one folder:
# include/ and lib/, Debian's /usr, or Debian's packages unpacked.
function(_v8_look root)
    set(V8_LIBRARY "" PARENT_SCOPE)
    find_path(include v8-version.h PATHS "${root}" NO_DEFAULT_PATH NO_CACHE
        PATH_SUFFIXES include/node usr/include/node include include/v8 libexec/include)
    find_path(inspector v8-inspector.h HINTS "${include}" PATHS "${root}" NO_DEFAULT_PATH NO_CACHE
        PATH_SUFFIXES include/nodejs/deps/v8/include usr/include/nodejs/deps/v8/include)
    set(folders lib64 lib lib/${CMAKE_LIBRARY_ARCHITECTURE}
        usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} libexec)
    find_library(library NAMES v8 node PATHS "${root}" NO_DEFAULT_PATH NO_CACHE
        PATH_SUFFIXES ${folders})
    if(NOT include OR NOT inspector OR NOT library)
        return()
    endif()

    file(REAL_PATH "${library}" library)
    # Another package may have left headers of another Node.js than the library's. Used together
    # they would fail in ways that are hard to find.
    if(library MATCHES "libnode\\.so\\.([0-9]+)" AND EXISTS "${include}/node_version.h")
        set(abi ${CMAKE_MATCH_1})
        file(STRINGS "${include}/node_version.h" line REGEX "define NODE_MODULE_VERSION +[0-9]+")
        if(NOT line MATCHES " ${abi}$")
            return()
        endif()
    endif()

    # Homebrew has the platform library in a file of its own. Elsewhere it is V8's own file, or a
    # link to it.
    find_library(platform v8_libplatform PATHS "${root}" NO_DEFAULT_PATH NO_CACHE
        PATH_SUFFIXES ${folders})
    if(platform)
        file(REAL_PATH "${platform}" platform)
    endif()
    if(NOT platform OR platform STREQUAL library)
        set(platform "")
    endif()

    file(STRINGS "${include}/v8-version.h" lines REGEX "define V8_(MAJOR|MINOR|BUILD|PATCH)_")
    string(REGEX MATCHALL "[0-9]+(;|$)" version "${lines}")
    string(REPLACE ";" "." version "${version}")
    string(REGEX REPLACE "\\.+" "." version "${version}")

    set(V8_LIBRARY "${library}" PARENT_SCOPE)
    set(V8_INCLUDE_DIRS "${include}" "${inspector}" PARENT_SCOPE)
    set(V8_VERSION "${version}" PARENT_SCOPE)
    set(_v8_platform "${platform}" PARENT_SCOPE)
endfunction()

# Sets V8_LIBRARY and the other variables above, and _v8_origin.
macro(_v8_find)
    set(_v8_given "${V8_ROOT}")
    if(NOT _v8_given)
        set(_v8_given "$ENV{V8_ROOT}")
    endif()
    set(_v8_cache "$ENV{XDG_CACHE_HOME}")
    if(NOT _v8_cache)
        set(_v8_cache "$ENV{HOME}/.cache")
    endif()
    string(APPEND _v8_cache /jsrun/v8)
    # One folder for all builds of this tree, so that only the first one downloads.
    set(_v8_download "${CMAKE_BINARY_DIR}/v8-distribution")
    if(CMAKE_BINARY_DIR MATCHES "^(.*)/build/[^/]+$" AND CMAKE_MATCH_1 STREQUAL PROJECT_SOURCE_DIR)
        set(_v8_download "${PROJECT_SOURCE_DIR}/build/v8-distribution")
    endif()

    set(V8_LIBRARY "")
    set(V8_BUNDLED ON)
    set(V8_LICENSE "")
    if(_v8_given)
        _v8_look("${_v8_given}")
        if(NOT V8_LIBRARY)
            message(FATAL_ERROR "V8_ROOT=${_v8_given} holds no V8: include/v8-version.h, "
                "include/v8-inspector.h and lib/libv8.so are looked for.")
        endif()
        set(_v8_origin "V8_ROOT")
    else()
        _v8_look("${_v8_cache}")
        set(_v8_origin "built by make v8")
    endif()
    if(NOT V8_LIBRARY)
        foreach(_v8_prefix /usr /usr/local /opt/homebrew/opt/v8 /usr/local/opt/v8)
            if(NOT V8_LIBRARY)
                _v8_look(${_v8_prefix})
            endif()
        endforeach()
        set(_v8_origin "installed on the system")
        set(V8_BUNDLED OFF)
    endif()
    if(NOT V8_LIBRARY)
        find_program(_v8_apt apt-get NO_CACHE)
        if(NOT EXISTS "${_v8_download}/depends" AND _v8_apt)
            message(STATUS "No V8 on this machine: downloading the distribution's")
            execute_process(COMMAND "${CMAKE_CURRENT_LIST_DIR}/v8/download.sh" "${_v8_download}")
        endif()
        _v8_look("${_v8_download}")
        set(_v8_origin "downloaded from the distribution")
        set(V8_BUNDLED ON)
    endif()
    if(NOT V8_LIBRARY)
        message(FATAL_ERROR "No V8 was found. Install its development package (Debian, Ubuntu: "
            "libnode-dev; Fedora: v8-devel; Homebrew: v8), or build V8 15 with `make v8`, or give "
            "the folder of a V8 that you have with -DV8_ROOT=…")
    endif()
    if(V8_VERSION VERSION_LESS _v8_oldest)
        message(FATAL_ERROR "V8 ${V8_VERSION} (${V8_LIBRARY}) is too old, ${_v8_oldest} is the "
            "oldest that works. Build V8 15 with `make v8`, or give a newer one with -DV8_ROOT=…")
    endif()
endmacro()

# The library must find its own dependencies on this machine. Nobody has checked that yet for a
# downloaded one.
function(_v8_check_dependencies)
    find_program(ldd ldd NO_CACHE)
    if(NOT ldd)
        return()
    endif()
    execute_process(COMMAND "${ldd}" "${V8_LIBRARY}" OUTPUT_VARIABLE output ERROR_QUIET)
    string(REGEX MATCHALL "[^ \t\n]+ => not found" missing "${output}")
    if(missing)
        string(REPLACE " => not found" "" missing "${missing}")
        list(JOIN missing ", " missing)
        set(advice "Install the packages that have them")
        if(EXISTS "${_v8_download}/depends")
            file(STRINGS "${_v8_download}/depends" packages REGEX "^(lib|zlib)")
            list(JOIN packages " " packages)
            set(advice "Install them with\n  apt-get install ${packages}")
        endif()
        message(FATAL_ERROR "${V8_LIBRARY} needs ${missing}. ${advice}\n")
    endif()
endfunction()

_v8_find()
_v8_check_dependencies()

get_filename_component(_v8_name "${V8_LIBRARY}" NAME)
if(_v8_name MATCHES "^libnode\\.so\\.([0-9]+)")
    set(_v8_name "libnode${CMAKE_MATCH_1}")
endif()
message(STATUS "V8 ${V8_VERSION} (${_v8_name}, ${_v8_origin})")

if(_v8_origin STREQUAL "downloaded from the distribution")
    set(V8_LICENSE "${_v8_download}/usr/share/doc/${_v8_name}/copyright")
else()
    foreach(_v8_file ${_v8_given} ${_v8_cache})
        if(EXISTS "${_v8_file}/LICENSE" AND NOT V8_LICENSE AND V8_BUNDLED)
            set(V8_LICENSE "${_v8_file}/LICENSE")
        endif()
    endforeach()
endif()

if(NOT TARGET V8::V8)
    add_library(V8::V8 SHARED IMPORTED GLOBAL)
    set_target_properties(V8::V8 PROPERTIES
        IMPORTED_LOCATION "${V8_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${V8_INCLUDE_DIRS}"
        INTERFACE_LINK_LIBRARIES "${_v8_platform}")
    # The settings that V8 was built with and that its headers depend on.
    list(GET V8_INCLUDE_DIRS 0 _v8_include)
    if(EXISTS "${_v8_include}/v8-gn.h")
        set_target_properties(V8::V8 PROPERTIES INTERFACE_COMPILE_DEFINITIONS V8_GN_HEADER)
    endif()
    if(V8_VERSION VERSION_LESS 12)
        target_compile_features(V8::V8 INTERFACE cxx_std_17)
    else()
        target_compile_features(V8::V8 INTERFACE cxx_std_20)
    endif()
endif()
set(V8_FOUND TRUE)
