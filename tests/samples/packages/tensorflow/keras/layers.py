"""Two layers whose watched attributes are of every kind: own, inherited, absent, no function."""


class Recurrent:
    def reset_states(self, states: object = None) -> None:
        """Inherited by both layers."""


class RNN(Recurrent):
    reset_state = "not a function"

    def get_initial_state(self, inputs: object, *others: object, batch_size: int = 1) -> None:
        """Its own."""


class LSTMCell(Recurrent):
    def get_initial_state(self, inputs: object = None, dtype: str = "float32") -> None:
        """Its own."""
