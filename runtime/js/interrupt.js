// V8 looks whether it was interrupted where a function is entered: this one is for having it look.
'use strict';

globalThis.__jsrun_interrupt = function install(native) {
    native.lookForInterrupts = () => {};
};
