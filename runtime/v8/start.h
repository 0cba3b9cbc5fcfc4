// Starting isolates from snapshots.
#ifndef RUNTIME_V8_START_H
#define RUNTIME_V8_START_H

#include "v8/local.h"

namespace jsrun {

// Where an isolate and its context come from.
class Start {
  public:
    Start();
    // Not copied: V8 keeps a pointer.
    Start(const Start &) = delete;

    void Configure(v8::Isolate::CreateParams *params);
    // Inside the isolate and a handle scope.
    v8::Local<v8::Context> NewContext(v8::Isolate *isolate) const;

  private:
    v8::StartupData blob_ = {};
};

} // namespace jsrun

#endif
