# jsrun_public_library(NAME TARGET…): a static library of the objects of these targets, for other
# programs. Only names that start with `jsrun_` can be seen from outside. Other names, such as
# `process` or `timers_set`, could clash with names of the program.
#
# One object file can hide a name from another one only if the name is local. So all objects become
# one (`ld -r`), in which all private names are local. It keeps nothing for link-time optimisation:
# that would bring the names back.
include(CheckLinkerFlag)
# Inline functions are in groups. Of several groups that have the same name a linker keeps one, and
# that may be the program's. This option dissolves the groups.
check_linker_flag(CXX "-r;-nostdlib;-Wl,--force-group-allocation" JSRUN_HAS_FORCE_GROUP_ALLOCATION)
if(CMAKE_OBJCOPY AND JSRUN_HAS_FORCE_GROUP_ALLOCATION)
    set(JSRUN_HIDES_NAMES ON)
else()
    set(JSRUN_HIDES_NAMES OFF)
    message(STATUS "This linker cannot hide the private names of the libraries.")
endif()

function(jsrun_public_library name)
    set(no_lto "")
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        set(no_lto -fno-lto)
    endif()
    set(objects "")
    foreach(target ${ARGN})
        list(APPEND objects $<TARGET_OBJECTS:${target}>)
    endforeach()
    if(JSRUN_HIDES_NAMES)
        set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.o")
        add_custom_command(OUTPUT "${object}"
            COMMAND "${CMAKE_CXX_COMPILER}" -r -nostdlib -Wl,--force-group-allocation
                ${no_lto} -o "${object}" ${objects}
            COMMAND "${CMAKE_OBJCOPY}" --wildcard --keep-global-symbol=jsrun_*
                --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_*
                --strip-symbol=__gnu_lto_* "${object}"
            DEPENDS ${objects}
            COMMENT "Hiding the private names of ${name}"
            COMMAND_EXPAND_LISTS VERBATIM)
        set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
        set(objects "${object}")
    endif()
    add_library(${name} STATIC ${objects})
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()
