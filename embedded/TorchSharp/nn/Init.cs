namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// Initial values, written in place without autograd. Each draws from the global generator exactly what libtorch's
        /// own draws, so that one seed gives the weights that PyTorch gives.
        /// </summary>
        public static class init
        {
            public enum FanInOut
            {
                FanIn = 0,
                FanOut = 1,
            }

            public enum NonlinearityType
            {
                Linear = 0,
                Sigmoid = 7,
                Tanh = 8,
                ReLU = 9,
                LeakyReLU = 10,
            }

            public static Tensor zeros_(Tensor tensor) => Native.mbt_fill_no_grad_(tensor, 0);

            public static Tensor ones_(Tensor tensor) => Native.mbt_fill_no_grad_(tensor, 1);

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null)
            {
                _ = generator; // the global one is the only one
                return Native.mbt_uniform_(tensor, low, high);
            }

            /// <summary>U(−a, a), a = gain·√(6 / (fan in + fan out)) (Glorot and Bengio 2010).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var std = gain * Math.Sqrt(2.0 / (fanIn + fanOut));
                var bound = Math.Sqrt(3.0) * std;
                return Native.mbt_uniform_(tensor, -bound, bound);
            }

            /// <summary>U(−b, b), b = gain·√(3 / fan) (He et al. 2015); <paramref name="a"/> is the slope of a leaky ReLU.</summary>
            public static Tensor kaiming_uniform_(
                Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var std = calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
                var bound = Math.Sqrt(3.0) * std;
                return Native.mbt_uniform_(tensor, -bound, bound);
            }

            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3.0,
                NonlinearityType.ReLU => Math.Sqrt(2.0),
                NonlinearityType.LeakyReLU => Math.Sqrt(2.0 / (1 + (param * param))),
                _ => 1.0,
            };

            /// <summary>Inputs and outputs that one weight of [out, in, kernel…] connects.</summary>
            /// <exception cref="ArgumentException">Fewer than two dimensions.</exception>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2) throw new ArgumentException("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
                var receptive = shape.Skip(2).Aggregate(1L, (product, extent) => product * extent);
                return (shape[1] * receptive, shape[0] * receptive);
            }

            /// <summary>What libtorch's linear and convolution layers begin with: weights, then biases, U(±1/√fan in).</summary>
            internal static void ResetLayer(Tensor weight, Tensor? bias)
            {
                kaiming_uniform_(weight, Math.Sqrt(5)).Dispose();
                if (bias is null) return;
                var bound = 1 / Math.Sqrt(CalculateFanInAndFanOut(weight).fanIn);
                uniform_(bias, -bound, bound).Dispose();
            }
        }
    }
}
