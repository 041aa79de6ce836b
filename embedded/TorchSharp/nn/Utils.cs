using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What is done to the gradients of several parameters at once.</summary>
        public static class utils
        {
            /// <summary>Scales all gradients by max_norm / (norm + 10⁻⁶) where that is less than 1.</summary>
            /// <returns>The norm before, over all of them.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                var parameters = tensors.ToArray();
                Native.Check(Native.mbt_clip_grad_norm(HandlesOf(parameters), parameters.Length, max_norm, norm_type, out var norm));
                GC.KeepAlive(parameters);
                return norm;
            }

            /// <summary>Limits every value to [−clip_value, clip_value].</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                var parameters = tensors.ToArray();
                Native.Check(Native.mbt_clip_grad_value(HandlesOf(parameters), parameters.Length, clip_value));
                GC.KeepAlive(parameters);
            }

            private static IntPtr[] HandlesOf(Parameter[] parameters) => [.. parameters.Select(parameter => parameter.Handle)];
        }
    }
}
