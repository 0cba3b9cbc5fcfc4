/* Parameters of the protocol that V8 trusts. */
#ifndef RUNTIME_DEBUG_PARAMETERS_H
#define RUNTIME_DEBUG_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

enum { PARAMETERS_ANSWER_BYTES = 256 };

/* Whether V8 must not get a client's message, since a number in it would end the process: V8 checks
 * the types of parameters, but not all ranges. On true `answer` is the error response. */
bool parameters_are_refused(const char *text, size_t length, char answer[PARAMETERS_ANSWER_BYTES]);

/* Whether V8 is asked to stop the JavaScript of a message at its first side effect. On true
 * `refusal` is the error response, for when it cannot be handled now. */
bool parameters_check_side_effects(const char *text, size_t length,
                                   char refusal[PARAMETERS_ANSWER_BYTES]);

#endif
