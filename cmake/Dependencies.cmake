# Everything that is not ours: V8, threads, Python, libwebsockets, cJSON, Ada. What is missing is
# collected and named at once, with the command that installs it.

set(_missing "")
set(_install_apt "")
set(_install_dnf "")
set(_install_brew "")
macro(_need found what apt dnf brew)
    if(NOT ${found})
        list(APPEND _missing "${what}")
        list(APPEND _install_apt ${apt})
        list(APPEND _install_dnf ${dnf})
        list(APPEND _install_brew ${brew})
    endif()
endmacro()

set(Python_FIND_VIRTUALENV FIRST)
find_package(Python 3.9 COMPONENTS Interpreter Development.Module)
_need(Python_Interpreter_FOUND "Python 3.9 or newer" python3 python3 python)
_need(Python_Development.Module_FOUND "Python's headers" python3-dev python3-devel python)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_package(PkgConfig QUIET)
_need(PkgConfig_FOUND pkg-config pkg-config pkgconf-pkg-config pkgconf)
if(PkgConfig_FOUND)
    pkg_check_modules(LIBWEBSOCKETS QUIET IMPORTED_TARGET libwebsockets>=4.0)
    pkg_check_modules(CJSON QUIET IMPORTED_TARGET libcjson)
endif()
_need(LIBWEBSOCKETS_FOUND libwebsockets libwebsockets-dev libwebsockets-devel libwebsockets)
_need(CJSON_FOUND cJSON libcjson-dev cjson-devel cjson)

if(_missing)
    list(JOIN _missing ", " _missing)
    foreach(_tool apt-get dnf brew)
        find_program(_found ${_tool} NO_CACHE)
        if(_found)
            string(REGEX MATCH "^[a-z]+" _family ${_tool})
            list(JOIN _install_${_family} " " _packages)
            message(FATAL_ERROR
                "Missing: ${_missing}. Install with\n  ${_tool} install ${_packages}\n")
        endif()
    endforeach()
    message(FATAL_ERROR "Missing: ${_missing}")
endif()

find_package(V8 MODULE REQUIRED)
include(FindAda)
