// Keeps terminations out of V8's inspector.
//
// V8's inspector calls into V8 in many places and takes for granted that no termination comes out of these calls: it
// aborts the process if one does. So while there are clients a termination is not requested of V8 at once. V8 is
// asked for an interrupt instead, and when that comes with a function of a script's on the stack, the termination
// is let through; above a call into the inspector (a client's message, console.log), when there are more of them than
// at that call: JavaScript that the inspector runs (an evaluation) can be stopped too. Not what runs while it describes
// values (an error's `stack` may be a getter of the script's), since it looks at these values next.
#ifndef RUNTIME_V8_INSPECTOR_SCOPE_H
#define RUNTIME_V8_INSPECTOR_SCOPE_H

#include "v8/local.h"

namespace jsrun {

// On the thread that has the isolate, around every call into the inspector; may be nested.
class InspectorScope {
  public:
    explicit InspectorScope(engine *engine);
    ~InspectorScope();
    InspectorScope(const InspectorScope &) = delete;

    // Whether a termination was asked for. JavaScript that goes on until it meets that must not get the inspector to
    // work: a loop that does little else would never meet it.
    static bool IsTerminating(engine *engine);

    // In an interrupt: the place for a termination that was asked for, if it may be let through here.
    static void MeetTermination(engine *engine);

    // The inspector begins to describe a value. A termination that has met JavaScript before is taken back, and
    // asked for again at the end of the scope.
    static void Describing(engine *engine);

    // What was described were the frames of a pause, and JavaScript goes on. V8 meets a termination before the next
    // statement.
    static void Resumed(engine *engine);

    // A client has come or gone.
    static void CountClient(engine *engine, int change);

  private:
    engine *engine_;
    InspectorScope *outer_;
    int frames_; // of scripts, when it began
    bool describing_ = false;
    bool renew_ = false; // a termination that V8's own client asked for was taken back
};

} // namespace jsrun

#endif
