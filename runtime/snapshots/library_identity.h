/* Which V8 this process runs with. */
#ifndef RUNTIME_LIBRARY_IDENTITY_H
#define RUNTIME_LIBRARY_IDENTITY_H

/* Tells builds of V8's library apart that have the same version: the build id that the linker has
 * written into it, in hexadecimal. Empty if the library has none. Static storage; any thread. */
const char *library_identity(void);

#endif
