// ES modules: compiling, linking and evaluating one, and what V8 asks for meanwhile.

#include "v8/es_modules.h"

#include <string>

#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/outcome.h"
#include "v8/engine_modules.h"

using namespace jsrun;

struct engine_module {
    v8::Global<v8::Module> module;
    v8::Global<v8::Value> json; // the default export, if it has no other
    uint32_t number;
};

namespace {

v8::Local<v8::Module> ModuleOf(const jsrun_entry *entry, const engine_module *module) {
    return module->module.Get(IsolateOf(entry));
}

// An identity hash is not unique.
engine_module *Find(engine *engine, v8::Local<v8::Module> module) {
    auto range = engine->modules.equal_range(module->GetIdentityHash());
    for (auto at = range.first; at != range.second; ++at)
        if (at->second->module == module) return at->second;
    return nullptr;
}

// --- import attributes ---------------------------------------------------------------------------

// `stride`: 3 in a module's requests, where a position follows key and value, else 2. False: V8
// holds an exception, for an attribute that is not type: "json".
bool ReadAttributes(v8::Local<v8::Context> context, v8::Local<v8::FixedArray> attributes,
                    int stride, bool *json) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    *json = false;
    for (int i = 0; i + 1 < attributes->Length(); i += stride) {
        auto key = ElementOf<v8::String>(context, attributes, i);
        auto value = ElementOf<v8::String>(context, attributes, i + 1);
        if (key->StringEquals(Text(isolate, "type")) &&
            value->StringEquals(Text(isolate, "json"))) {
            *json = true;
            continue;
        }
        v8::String::Utf8Value key_text(isolate, key), value_text(isolate, value);
        std::string message = std::string("The import attribute ") + (*key_text ? *key_text : "?") +
                              ": \"" + (*value_text ? *value_text : "?") +
                              "\" is not supported, only type: \"json\" is";
        isolate->ThrowException(v8::Exception::TypeError(Text(isolate, message.c_str())));
        return false;
    }
    return true;
}

// --- what V8 asks for ----------------------------------------------------------------------------

v8::MaybeLocal<v8::Module> Linked(v8::Isolate *isolate, v8::Local<v8::Module> referrer, int index) {
    engine *self = EngineOf(isolate);
    const engine_module *importer = Find(self, referrer);
    engine_module *found = nullptr;
    if (importer)
        OutOfV8(self, [&] {
            found = runtime_module_request(self->runtime, importer->number,
                                           static_cast<uint32_t>(index));
        });
    if (found) return found->module.Get(isolate);
    isolate->ThrowException(
        v8::Exception::Error(Text(isolate, "a module that is imported was not loaded")));
    return {};
}

v8::MaybeLocal<v8::Promise> Rejected(v8::Local<v8::Context> context, v8::Local<v8::Value> reason) {
    v8::Local<v8::Promise::Resolver> resolver;
    if (!v8::Promise::Resolver::New(context).ToLocal(&resolver) ||
        resolver->Reject(context, reason).IsNothing())
        return {};
    return resolver->GetPromise();
}

v8::MaybeLocal<v8::Promise> OnImport(v8::Local<v8::Context> context, v8::Local<v8::Data>,
                                     v8::Local<v8::Value> resource_name,
                                     v8::Local<v8::String> specifier,
                                     v8::Local<v8::FixedArray> attributes) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    bool json;
    {
        v8::TryCatch caught(isolate);
        if (!ReadAttributes(context, attributes, 2, &json)) {
            v8::Local<v8::Value> reason = caught.Exception();
            caught.Reset();
            return Rejected(context, reason);
        }
    }
    bool named = resource_name->IsString() && resource_name.As<v8::String>()->Length();
    jsrun_value referrer = Wrap(named ? resource_name : v8::Undefined(isolate).As<v8::Value>());
    engine *self = EngineOf(isolate);
    jsrun_value promise = nullptr;
    OutOfV8(self,
            [&] { promise = runtime_import(self->runtime, Wrap(specifier), referrer, json); });
    if (!promise && !isolate->IsExecutionTerminating()) isolate->ThrowError("stopped");
    if (!promise) return {};
    return Unwrap<v8::Promise>(promise);
}

void OnMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module,
            v8::Local<v8::Object> meta) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    engine *self = EngineOf(isolate);
    const engine_module *known = Find(self, module);
    jsrun_value url = nullptr;
    if (known) OutOfV8(self, [&] { url = runtime_module_url(self->runtime, known->number); });
    if (url) meta->CreateDataProperty(context, Text(isolate, "url"), Unwrap(url)).FromMaybe(false);
}

// --- JSON ----------------------------------------------------------------------------------------

v8::MaybeLocal<v8::Value> ExportJson(v8::Local<v8::Context> context, v8::Local<v8::Module> module) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    const engine_module *self = Find(EngineOf(isolate), module);
    v8::Local<v8::Promise::Resolver> done;
    if (!self ||
        module->SetSyntheticModuleExport(isolate, Text(isolate, "default"), self->json.Get(isolate))
            .IsNothing() ||
        !v8::Promise::Resolver::New(context).ToLocal(&done) ||
        done->Resolve(context, v8::Undefined(isolate)).IsNothing())
        return {};
    return done->GetPromise().As<v8::Value>();
}

v8::MaybeLocal<v8::Module> CompileJson(v8::Local<v8::Context> context, v8::Local<v8::String> source,
                                       v8::Local<v8::String> url, v8::Local<v8::Value> *json) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    if (!v8::JSON::Parse(context, source).ToLocal(json)) return {};
    return NewSyntheticModule(isolate, url, Text(isolate, "default"), ExportJson);
}

v8::MaybeLocal<v8::Module> CompileSource(v8::Isolate *isolate, v8::Local<v8::String> text,
                                         v8::Local<v8::String> url) {
    v8::ScriptOrigin origin = ScriptOriginOf(isolate, url, Origin::kShared, true);
    v8::ScriptCompiler::Source source(text, origin);
    return v8::ScriptCompiler::CompileModule(isolate, &source);
}

} // namespace

void jsrun::EnableModules(v8::Isolate *isolate) {
    isolate->SetHostImportModuleDynamicallyCallback(OnImport);
    isolate->SetHostInitializeImportMetaObjectCallback(OnMeta);
}

// --- one module ----------------------------------------------------------------------------------

engine_outcome engine_module_new(jsrun_entry *entry, jsrun_value source, jsrun_value url, bool json,
                                 uint32_t number, engine_module **result) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> value;
    v8::Local<v8::Module> module;
    v8::Local<v8::String> name = Unwrap<v8::String>(url);
    v8::Local<v8::String> text = Unwrap<v8::String>(source);
    v8::MaybeLocal<v8::Module> compiled = json ? CompileJson(ContextOf(entry), text, name, &value)
                                               : CompileSource(isolate, text, name);
    if (!compiled.ToLocal(&module)) return Outcome(entry, caught);
    auto self = std::make_unique<engine_module>();
    self->number = number;
    self->module.Reset(isolate, module);
    if (json) self->json.Reset(isolate, value);
    entry->engine->modules.emplace(module->GetIdentityHash(), self.get());
    *result = self.release();
    return ENGINE_OK;
}

void engine_module_free(engine_module *module) { delete module; }

uint32_t engine_module_request_count(jsrun_entry *entry, const engine_module *self) {
    JSRUN_GUARD(entry->engine, 0);
    v8::Local<v8::Module> module = ModuleOf(entry, self);
    if (!module->IsSourceTextModule()) return 0;
    return static_cast<uint32_t>(module->GetModuleRequests()->Length());
}

engine_outcome engine_module_request(jsrun_entry *entry, const engine_module *self, uint32_t index,
                                     jsrun_value *specifier, bool *json) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch caught(IsolateOf(entry));
    v8::Local<v8::Context> context = ContextOf(entry);
    auto request = ElementOf<v8::ModuleRequest>(context, ModuleOf(entry, self)->GetModuleRequests(),
                                                static_cast<int>(index));
    *specifier = Wrap(request->GetSpecifier());
    if (ReadAttributes(context, ImportAttributesOf(request), 3, json)) return ENGINE_OK;
    return Outcome(entry, caught);
}

engine_module_state engine_module_state_of(jsrun_entry *entry, const engine_module *self) {
    if (entry->engine->dead) return MODULE_FAILED;
    switch (ModuleOf(entry, self)->GetStatus()) {
    case v8::Module::kUninstantiated:
    case v8::Module::kInstantiating:
        return MODULE_COMPILED;
    case v8::Module::kInstantiated:
        return MODULE_LINKED;
    case v8::Module::kEvaluating:
        return MODULE_EVALUATING;
    case v8::Module::kEvaluated:
        return MODULE_EVALUATED;
    case v8::Module::kErrored:
        break;
    }
    return MODULE_FAILED;
}

engine_outcome engine_module_link(jsrun_entry *entry, const engine_module *self) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch caught(IsolateOf(entry));
    if (LinkModule<Linked>(ContextOf(entry), ModuleOf(entry, self)).FromMaybe(false))
        return ENGINE_OK;
    return Outcome(entry, caught);
}

engine_outcome engine_module_evaluate(jsrun_entry *entry, const engine_module *self,
                                      jsrun_value *promise) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch caught(IsolateOf(entry));
    v8::Local<v8::Value> value;
    if (!ModuleOf(entry, self)->Evaluate(ContextOf(entry)).ToLocal(&value))
        return Outcome(entry, caught);
    *promise = Wrap(value);
    return ENGINE_OK;
}

jsrun_value engine_module_failure(jsrun_entry *entry, const engine_module *self) {
    v8::Local<v8::Module> module = ModuleOf(entry, self);
    return module->GetStatus() == v8::Module::kErrored ? Wrap(module->GetException()) : nullptr;
}

bool engine_module_failed_with(jsrun_entry *entry, const engine_module *self, jsrun_value error) {
    JSRUN_GUARD(entry->engine, false);
    v8::Local<v8::Module> module = ModuleOf(entry, self);
    return module->GetStatus() == v8::Module::kErrored &&
           module->GetException()->SameValue(Unwrap(error));
}

jsrun_value engine_module_namespace(jsrun_entry *entry, const engine_module *self) {
    JSRUN_GUARD(entry->engine, nullptr);
    return Wrap(ModuleOf(entry, self)->GetModuleNamespace());
}
