// Keeps terminations out of V8's inspector.
//
// V8's inspector calls into V8 in many places and takes for granted that no termination comes out
// of these calls. It aborts the process if one does. So while there are clients a termination is
// not requested of V8 at once. V8 is asked for an interrupt instead. When the interrupt comes with
// a function of a script's on the stack, the termination is let through. Above a call into the
// inspector (a client's message, console.log) it is let through when there are more such functions
// than at that call: JavaScript that the inspector runs, such as an evaluation, can be stopped too.
// What runs while the inspector describes values cannot be stopped (an error's `stack` may be a
// getter of the script's), since the inspector looks at these values next.
#ifndef RUNTIME_V8_INSPECTOR_SCOPE_H
#define RUNTIME_V8_INSPECTOR_SCOPE_H

#include "v8/isolate.h"

namespace jsrun {

// On the thread that has the isolate, around every call into the inspector; may be nested.
class InspectorScope {
  public:
    explicit InspectorScope(engine *engine);
    ~InspectorScope();
    InspectorScope(const InspectorScope &) = delete;

    // Whether a termination was asked for. JavaScript that goes on until it meets that must not get
    // the inspector to work: a loop that does little else would never meet it.
    static bool IsTerminating(engine *engine);

    // In an interrupt: the place for a termination that was asked for, if it may be let through
    // here.
    static void MeetTermination(engine *engine);

    // The inspector starts to describe a value. A termination that has met JavaScript before is
    // taken back, and asked for again at the end of the scope.
    static void Describing(engine *engine);

    // What was described were the frames of a pause, and JavaScript goes on. V8 meets a termination
    // before the next statement.
    static void Resumed(engine *engine);

    // A client has come or gone.
    static void CountClient(engine *engine, int change);

  private:
    engine *engine_;
    InspectorScope *outer_;
    int frames_; // of scripts, when this was made
    bool describing_ = false;
    bool renew_ = false; // a termination that V8's own client asked for was taken back
};

} // namespace jsrun

#endif
