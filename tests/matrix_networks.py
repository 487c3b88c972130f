"""Networks with matrices as variables, data and states: products on both sides, rows, masks, outer products, biases."""

from __future__ import annotations

from derive.network.network import Network
from derive.network.toml import from_toml

TEXTS = {
    "batch in columns": """
        parameters = ["W_x", "W_h", "V", "b", "c"]
        inputs = ["X"]
        targets = ["Y"]
        loss = "l"
        trainable_initial = ["H"]
        equations.H = "tanh(W_x@X[t] + W_h@H[t-1] + b)"
        equations.O = "V@H[t] + c"
        equations.l = "sum((O[t] - Y[t])**2)/2"
        initial.H = 0
        shapes.W_x = "n, d"
        shapes.W_h = "n, n"
        shapes.V = "q, n"
        shapes.b = "n, 1"
        shapes.c = "q, 1"
        shapes.X = "d, k"
        shapes.H = "n, k"
        shapes.O = "q, k"
        shapes.Y = "q, k"
    """,
    "batch in rows": """
        parameters = ["W_xh", "W_hh", "W_hq", "b_h", "b_q"]
        inputs = ["X"]
        targets = ["Y"]
        loss = "l"
        equations.A = "X[t]@W_xh + H[t-1]@W_hh + b_h"
        equations.H = "sigmoid(A[t])"
        equations.O = "H[t]@W_hq + b_q"
        equations.l = "sum((O[t] - Y[t])**2)/2"
        initial.H = 0
        shapes.X = "k, d"
        shapes.A = "k, n"
        shapes.H = "k, n"
        shapes.O = "k, q"
        shapes.Y = "k, q"
        shapes.b_h = "n"
        shapes.b_q = "q"
        shapes.W_xh = "d, n"
        shapes.W_hh = "n, n"
        shapes.W_hq = "n, q"
    """,
    "vectors as rows": """
        parameters = ["W", "U", "V", "b", "c"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        trainable_initial = ["h"]
        equations.h = "tanh(x[t]@W + h[t-1]@U + b)"
        equations.z = "h[t]@V + c"
        equations.p = "softmax(z[t])"
        equations.l = "logsumexp(z[t]) - y[t]@z[t]"
        initial.h = 0
        shapes.W = "d, n"
        shapes.U = "n, n"
        shapes.V = "n, q"
        shapes.x = "d"
        shapes.h = "n"
        shapes.z = "q"
        shapes.p = "q"
        shapes.y = "q"
        shapes.b = "n"
        shapes.c = "q"
    """,
    "memory in rows": """
        parameters = ["W_q", "W_k", "W_v"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        equations.q = "x[t]@W_q"
        equations.k = "x[t]@W_k"
        equations.v = "x[t]@W_v"
        equations.S = "0.9*S[t-1] + outer(k[t], v[t])"
        equations.o = "q[t]@S[t]"
        equations.l = "mean((o[t] - y[t])**2)"
        initial.S = 0
        shapes.W_q = "d, m"
        shapes.W_k = "d, m"
        shapes.W_v = "d, n"
        shapes.x = "d"
        shapes.q = "m"
        shapes.k = "m"
        shapes.v = "n"
        shapes.S = "m, n"
        shapes.o = "n"
        shapes.y = "n"
    """,
    "linear attention": """
        parameters = ["W_k", "W_v", "W_q"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        equations.k = "W_k@x[t]"
        equations.v = "W_v@x[t]"
        equations.q = "W_q@x[t]"
        equations.S = "S[t-1] + v[t]@k[t].T"
        equations.o = "S[t]@q[t]"
        equations.l = "sum((o[t] - y[t])**2)/2"
        initial.S = 0
        shapes.W_k = "m, d"
        shapes.W_v = "n, d"
        shapes.W_q = "m, d"
        shapes.k = "m"
        shapes.v = "n"
        shapes.q = "m"
        shapes.S = "n, m"
        shapes.o = "n"
        shapes.x = "d"
        shapes.y = "n"
    """,
    "delta rule": """
        parameters = ["W_k", "W_v", "w_b"]
        inputs = ["x"]
        loss = "l"
        broadcast = true
        equations.k = "W_k@x[t]"
        equations.v = "W_v@x[t]"
        equations.b = "sigmoid(w_b@x[t])"
        equations.S = "S[t-1] + b[t]*outer(v[t] - S[t-1]@k[t], k[t])"
        equations.l = "sum(S[t].T@v[t])"
        initial.S = 0
        shapes.W_k = "m, d"
        shapes.W_v = "n, d"
        shapes.w_b = "d"
        shapes.k = "m"
        shapes.v = "n"
        shapes.S = "n, m"
        shapes.x = "d"
    """,
    "masked weights": """
        parameters = ["W", "U", "V"]
        inputs = ["x", "M"]
        loss = "l"
        equations.h = "tanh(U@x[t] + (M[t]*W)@h[t-1])"
        equations.l = "sum(V@h[t])"
        initial.h = 0
        shapes.W = "n, n"
        shapes.U = "n, d"
        shapes.V = "q, n"
        shapes.M = "n, n"
        shapes.x = "d"
        shapes.h = "n"
    """,
    "masked batch": """
        parameters = ["W", "U"]
        inputs = ["X", "m", "r"]
        loss = "l"
        equations.N = "tanh(W@X[t] + U@(r[t]*H[t-1]))"
        equations.H = "m[t]*N[t] + (1 - m[t])*H[t-1]"
        equations.l = "sum(m[t]*exp(H[t]))/2"
        initial.H = 0
        shapes.W = "n, d"
        shapes.U = "n, n"
        shapes.X = "d, k"
        shapes.N = "n, k"
        shapes.H = "n, k"
        shapes.m = "1, k"
        shapes.r = "n, 1"
    """,
    "products of weights": """
        parameters = ["A", "B", "C", "s"]
        inputs = ["X", "u"]
        loss = "l"
        broadcast = true
        equations.Z = "s*(Z[t-1]@A.T@B) + X[t].T@C"
        equations.P = "(Z[t].T@Z[t])/(2 + exp(A)) + outer(u[t], u[t])"
        equations.l = "u[t].T@P[t]@u[t] + sum(sqrt(1 + Z[t]**2))"
        initial.Z = 0.5
        shapes.A = "n, n"
        shapes.B = "n, n"
        shapes.C = "d, n"
        shapes.X = "d, k"
        shapes.Z = "k, n"
        shapes.P = "n, n"
        shapes.u = "n"
    """,
    "functions of matrices": """
        parameters = ["W", "U", "b"]
        inputs = ["X"]
        targets = ["Y"]
        loss = "l"
        equations.A = "W@X[t] + U@H[t-1] + b"
        equations.H = "silu(A[t]) - maximum(A[t], X[t])/2 + abs(H[t-1])/3 + clip(A[t], -0.5, 0.5)"
        equations.l = "mean((H[t] - Y[t])**2)/2 + sum(stop_gradient(A[t])*H[t])"
        initial.H = 0
        shapes.W = "n, n"
        shapes.U = "n, n"
        shapes.b = "n, 1"
        shapes.X = "n, k"
        shapes.A = "n, k"
        shapes.H = "n, k"
        shapes.Y = "n, k"
    """,
    "backwards in columns": """
        parameters = ["W", "U"]
        inputs = ["X"]
        loss = "l"
        loss_at = "last"
        trainable_initial = ["G"]
        equations.G = "relu(W@X[t] + U@G[t-2]) - G[t-1]/2"
        equations.l = "sum(G[t]*G[t-1])"
        initial.G = 0.25
        shapes.W = "n, d"
        shapes.U = "n, n"
        shapes.X = "d, k"
        shapes.G = "n, k"
    """,
    "joined inputs": """
        parameters = ["W", "b", "V"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        trainable_initial = ["h"]
        equations.h = "tanh(W@concat(x[t], h[t-1]) + b)"
        equations.o = "V@concat(h[t], x[t], 1)"
        equations.l = "sum((o[t] - y[t])**2)/2"
        initial.h = 0
        shapes.W = "n, d+n"
        shapes.b = "n"
        shapes.V = "q, n + d + 1"
        shapes.x = "d"
        shapes.h = "n"
        shapes.o = "q"
        shapes.y = "q"
    """,
    "gates in one": """
        parameters = ["W_x", "W_h", "b", "V"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        equations.z = "W_x@x[t] + W_h@h[t-1] + b"
        equations.i = "sigmoid(z[t][0:n])"
        equations.f = "sigmoid(z[t][n:2*n])"
        equations.o = "sigmoid(z[t][2*n:3*n])"
        equations.g = "tanh(z[t][-n:])"
        equations.c = "f[t]*c[t-1] + i[t]*g[t]"
        equations.h = "o[t]*tanh(c[t])"
        equations.u = "V@h[t]"
        equations.l = "sum((u[t] - y[t])**2)/2"
        initial = { h = 0, c = 0 }
        shapes.W_x = "4n, d"
        shapes.W_h = "4*n, n"
        shapes.b = "n+n+n+n"
        shapes.z = "4n"
        shapes.i = "n"
        shapes.f = "n"
        shapes.o = "n"
        shapes.g = "n"
        shapes.c = "n"
        shapes.h = "n"
        shapes.V = "q, n"
        shapes.x = "d"
        shapes.u = "q"
        shapes.y = "q"
    """,
    "joined rows": """
        parameters = ["W", "b", "V"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        equations.a = "concat(h[t-1], x[t])@W + b"
        equations.r = "sigmoid(a[t][:n])"
        equations.h = "r[t]*h[t-1] + (1 - r[t])*tanh(a[t][n:])"
        equations.o = "h[t]@V"
        equations.l = "sum((o[t] - y[t])**2)/2"
        initial.h = 0
        shapes.W = "n+d, 2n"
        shapes.b = "2n"
        shapes.a = "2n"
        shapes.r = "n"
        shapes.h = "n"
        shapes.x = "d"
        shapes.o = "q"
        shapes.y = "q"
        shapes.V = "n, q"
    """,
    "joined batch": """
        parameters = ["W", "b", "V"]
        inputs = ["X"]
        targets = ["Y"]
        loss = "l"
        equations.A = "concat(X[t], H[t-1], axis=1)@W + b"
        equations.F = "sigmoid(A[t][:, 0:n])"
        equations.G = "tanh(A[t][:, n:])"
        equations.H = "F[t]*H[t-1] + (1 - F[t])*G[t]"
        equations.O = "H[t]@V"
        equations.l = "sum((O[t] - Y[t])**2)/2"
        initial.H = 0
        shapes.X = "k, d"
        shapes.H = "k, n"
        shapes.A = "k, 2n"
        shapes.F = "k, n"
        shapes.G = "k, n"
        shapes.O = "k, q"
        shapes.Y = "k, q"
        shapes.V = "n, q"
        shapes.W = "d+n, 2n"
        shapes.b = "2n"
    """,
    "joined columns": """
        parameters = ["Wf", "bf", "Wy"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        equations.f = "sigmoid(Wf@concat(a[t-1], x[t]) + bf)"
        equations.a = "f[t]*a[t-1] + tanh(Wf[:, 0:n]@a[t-1])"
        equations.u = "Wy@a[t]"
        equations.l = "sum((u[t] - y[t])**2)/2"
        initial.a = 0
        shapes.Wf = "n, n+d"
        shapes.bf = "n, 1"
        shapes.x = "d, m"
        shapes.a = "n, m"
        shapes.f = "n, m"
        shapes.Wy = "q, n"
        shapes.u = "q, m"
        shapes.y = "q, m"
    """,
    "joined directions": """
        parameters = ["W_f", "W_b", "V"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        equations.f = "tanh(W_f@concat(x[t], f[t-1]))"
        equations.b = "tanh(W_b@concat(x[t], b[t+1]))"
        equations.h = "concat(f[t], b[t])"
        equations.o = "V@h[t] + h[t][n:]"
        equations.l = "sum((o[t] - y[t])**2)/2"
        initial = { f = 0, b = 0 }
        shapes.W_f = "n, d+n"
        shapes.W_b = "n, d+n"
        shapes.V = "n, 2n"
        shapes.x = "d"
        shapes.f = "n"
        shapes.b = "n"
        shapes.h = "2n"
        shapes.o = "n"
        shapes.y = "n"
    """,
    "classifier in rows": """
        parameters = ["W", "U", "V", "b", "c"]
        inputs = ["X"]
        targets = ["Q"]
        distributions = ["Q"]
        loss = "l"
        trainable_initial = ["H"]
        equations.H = "tanh(X[t]@W + H[t-1]@U + b)"
        equations.Y = "H[t]@V + c"
        equations.P = "softmax(Y[t], axis=1)"
        equations.l = "mean(cross_entropy(Y[t], Q[t], axis=1))"
        initial.H = 0
        shapes.X = "k, d"
        shapes.H = "k, n"
        shapes.Y = "k, q"
        shapes.P = "k, q"
        shapes.Q = "k, q"
        shapes.W = "d, n"
        shapes.U = "n, n"
        shapes.V = "n, q"
        shapes.b = "n"
        shapes.c = "q"
    """,
    "classifier in columns": """
        parameters = ["W", "U", "V", "c"]
        inputs = ["X", "m"]
        targets = ["Q"]
        loss = "l"
        reduction = "mean"
        equations.H = "tanh(W@X[t] + U@H[t-1])"
        equations.P = "softmax(V@H[t] + c, axis=0)"
        equations.l = "-sum(m[t]*Q[t]*log(P[t]))"
        initial.H = 0
        shapes.X = "d, k"
        shapes.H = "n, k"
        shapes.P = "q, k"
        shapes.Q = "q, k"
        shapes.m = "1, k"
        shapes.W = "n, d"
        shapes.U = "n, n"
        shapes.V = "q, n"
        shapes.c = "q, 1"
    """,
    "attention in rows": """
        parameters = ["W", "U", "V"]
        inputs = ["X"]
        targets = ["Y"]
        loss = "l"
        equations.A = "softmax(X[t]@W + S[t-1]@U, axis=-1)"
        equations.S = "S[t-1]/2 + A[t]*X[t]"
        equations.N = "sum(exp(S[t])*A[t], axis=1) + logsumexp(S[t], axis=1) + mean(A[t]*S[t], axis=-1)"
        equations.l = "sum(log_softmax(S[t]@V, axis=1)*Y[t]) + sum(N[t]**2)/2 + sum(mean(S[t]*X[t], axis=0)**2)"
        initial.S = 0
        shapes.X = "k, d"
        shapes.A = "k, d"
        shapes.S = "k, d"
        shapes.N = "k, 1"
        shapes.Y = "k, d"
        shapes.W = "d, d"
        shapes.U = "d, d"
        shapes.V = "d, d"
    """,
    "both ends of vectors": """
        parameters = ["W", "U", "V", "R", "A", "B"]
        inputs = ["x"]
        targets = ["y"]
        loss = "l"
        trainable_initial = ["g"]
        equations.h = "tanh(W@x[t] + U@h[t-1])"
        equations.g = "tanh(V@x[t] + R@g[t+1])"
        equations.o = "A@h[T] + B@g[1] + (h[1] * g[t])"
        equations.l = "sum((o[t] - y[t])**2)/2"
        initial = { h = 0, g = 0 }
        shapes.W = "n, d"
        shapes.U = "n, n"
        shapes.V = "n, d"
        shapes.R = "n, n"
        shapes.A = "n, n"
        shapes.B = "n, n"
        shapes.x = "d"
        shapes.h = "n"
        shapes.g = "n"
        shapes.o = "n"
        shapes.y = "n"
    """,
    "memory read at its end": """
        parameters = ["W"]
        inputs = ["k", "v"]
        loss = "l"
        equations.u = "tanh(W@v[t])"
        equations.S = "S[t-1] + outer(u[t], k[t])"
        equations.o = "S[T]@k[t] + u[1]"
        equations.l = "o[t]@o[t]/2"
        initial.S = 0
        shapes.W = "n, n"
        shapes.S = "n, m"
        shapes.k = "m"
        shapes.v = "n"
        shapes.u = "n"
        shapes.o = "n"
    """,
}
MATRICES: dict[str, Network] = {
    name: from_toml(text, name.replace(" ", "-"), f"{name}.toml") for name, text in TEXTS.items()
}
"""Every one of them; values come from `samples.random_values`."""
