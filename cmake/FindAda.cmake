# Find Ada, the URL parser that Node.js has, too, or fetch it. These are tried in this order:
#
#   1. an installed development package with its C interface (libada-dev and the like)
#   2. the source of a PyPI package that contains it as one file, fetched once into build/ada
#
# Without it the runtime is built without URL and URLSearchParams, and a warning says so.
#
# Defines the target Ada::Ada if it was found.

find_path(_ada_include ada_c.h NO_CACHE)
find_library(_ada_library ada NO_CACHE)
if(_ada_include AND _ada_library)
    add_library(Ada::Ada UNKNOWN IMPORTED)
    set_target_properties(Ada::Ada PROPERTIES
        IMPORTED_LOCATION "${_ada_library}" INTERFACE_INCLUDE_DIRECTORIES "${_ada_include}")
    message(STATUS "Ada: ${_ada_library}")
    return()
endif()

set(_ada_folder "${PROJECT_SOURCE_DIR}/build/ada")
if(NOT EXISTS "${_ada_folder}/ada.cpp")
    message(STATUS "Ada: fetching its source")
    execute_process(COMMAND
        "${PROJECT_SOURCE_DIR}/cmake/ada.sh" "${_ada_folder}" "${Python_EXECUTABLE}"
        ERROR_VARIABLE _ada_error RESULT_VARIABLE _ada_result)
    if(NOT _ada_result EQUAL 0)
        message(WARNING "Ada cannot be fetched: URL and URLSearchParams are left out of "
            "web_globals.\n${_ada_error}")
        return()
    endif()
endif()
add_library(jsrun_ada STATIC EXCLUDE_FROM_ALL "${_ada_folder}/ada.cpp")
target_include_directories(jsrun_ada SYSTEM PUBLIC "${_ada_folder}")
target_compile_options(jsrun_ada PRIVATE -w)
set_target_properties(jsrun_ada PROPERTIES
    CXX_STANDARD 17 POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
add_library(Ada::Ada ALIAS jsrun_ada)
message(STATUS "Ada: ${_ada_folder}")
