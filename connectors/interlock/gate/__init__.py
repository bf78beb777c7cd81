"""The gate: what an agent imports. Every tool call and every model call passes here before it starts."""

from interlock.gate.call import Call
from interlock.gate.gate import Gate, connect
from interlock.gate.modelcall import ModelCall
from interlock.gate.run import Run, current
from interlock.gate.tool import current_call

__all__ = ["Call", "Gate", "ModelCall", "Run", "connect", "current", "current_call"]
