using MiniBatch.Graphics.Plots;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Lessons;

/// <summary>Functions of tensors as curves of a plot: libtorch's own numbers, not formulas of the plot's.</summary>
public static class Curves
{
    private const int Places = 241;

    /// <summary>f from one end to the other.</summary>
    public static PlotSeries Of(string name, double from, double to, Func<Tensor, Tensor> f)
    {
        using var scope = NewDisposeScope();
        var x = Between(from, to);
        return Series(name, x, f(x));
    }

    /// <summary>f′ as autograd finds it.</summary>
    public static PlotSeries SlopeOf(string name, double from, double to, Func<Tensor, Tensor> f)
    {
        using var scope = NewDisposeScope();
        var x = Between(from, to).requires_grad_();
        f(x).sum().backward();
        return Series(name, x, x.grad!);
    }

    private static Tensor Between(double from, double to) => arange(0, Places).to(float64) * ((to - from) / (Places - 1)) + from;

    private static PlotSeries Series(string name, Tensor x, Tensor y) =>
        new(name, [.. x.detach().data<double>().Zip(y.detach().data<double>(), (across, up) => new PlotPoint(across, up))]);
}
