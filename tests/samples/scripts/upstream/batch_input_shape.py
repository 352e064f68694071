# Reported: LSTM(batch_input_shape=..., stateful=True) is refused.
# https://github.com/keras-team/keras/issues/20106
import numpy as np
from tensorflow.keras.layers import LSTM, Dense
from tensorflow.keras.models import Sequential

X_train = np.linspace(0, 1, 6 * 1 * 7).reshape(6, 1, 7).astype("float32")
y_train = np.linspace(0, 1, 6).astype("float32")

model = Sequential()
model.add(
    LSTM(
        4,
        batch_input_shape=(1, X_train.shape[1], X_train.shape[2]),
        stateful=True,
        kernel_initializer="ones",
        recurrent_initializer="zeros",
    )
)
model.add(Dense(1, kernel_initializer="ones"))
model.compile(loss="mean_squared_error", optimizer="sgd")
history = model.fit(X_train, y_train, epochs=2, batch_size=1, verbose=0, shuffle=False)
losses = np.array(history.history["loss"])
print(losses)
