"""One module for each JavaScript engine that is measured, all with the interface of `base`."""
