def keeper_of(mode): return None
