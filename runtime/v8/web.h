// What the globals of js/web need of V8, of the system and of the URL library.
#ifndef RUNTIME_V8_WEB_H
#define RUNTIME_V8_WEB_H

#include "v8/parts.h"

namespace jsrun {

extern const Part kWebPart;

} // namespace jsrun

#endif
