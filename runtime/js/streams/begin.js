// What the streams need of the built-in objects: kept before any script runs, and never looked up again, so that scripts may
// do with globals and prototypes what they like. The files of this folder are joined in the order that CMakeLists.txt names,
// and are one function: the names of one file are known in all others.
'use strict';

globalThis.__jsrun_streams = (function ({ Array, ArrayBuffer, DataView, Error, FinalizationRegistry, Math, Number, Object, Promise, RangeError, Reflect, Symbol, TypeError, Uint8Array }) {

const { apply, construct, defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { create, getPrototypeOf, setPrototypeOf } = Object;
const { min } = Math;
const { asyncIterator, iterator, toStringTag } = Symbol;
const isInteger = Number.isInteger;
// uncurry(method)(self, ...args): the method of whatever `self` inherits from
const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const getterOf = (prototype, key) => uncurry(getOwnPropertyDescriptor(prototype, key).get);

const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const nothing = () => undefined;

// What C++ offers: see builtins.cc.
let native;
