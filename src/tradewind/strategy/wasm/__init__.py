"""The host of WASM guests: strategies that were compiled from another language, against the ABI of argo-trading 1.24.

`loading.py` makes a strategy of a module; `guest.py` is that strategy; the contract is told in docs/wasm.md.
Nothing here imports wasmtime before a module is looked at: it is an extra.
"""
