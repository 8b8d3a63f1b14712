"""llama-cpp-python's own server, as it is, for `test_remote`: `python model_server.py --model FILE --port N ...`.

Only the repacking of weights is off, as recsh's crash guard would have it on a processor whose AMX path dies (see `recsh.engine.probe`).
"""

import llama_cpp.llama_cpp as low
from llama_cpp.server.__main__ import main

_defaults = low.llama_model_default_params


def _unpacked() -> low.llama_model_params:
    params = _defaults()
    params.use_extra_bufts = False
    return params


low.llama_model_default_params = _unpacked

if __name__ == "__main__":
    main()
