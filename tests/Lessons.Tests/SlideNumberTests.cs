namespace MiniBatch.Lessons.Tests;

/// <summary>The slides' numbers, written down here a second time: a lesson that checks nothing, or something else, is found out.</summary>
public sealed class SlideNumberTests
{
    private const double TwoDigits = 0.005;

    [Theory]
    [InlineData("w.grad", 0, 2 * 7 * 2)]   // x = 2, y = 0, z = 3·2 + 1
    [InlineData("b.grad", 0, 2 * 7)]
    [InlineData("w1.grad", 0, 4)]          // L = 10 − d, a = 2, w = (1, 3, −2, 5)
    [InlineData("w2.grad", 0, -10)]
    [InlineData("w3.grad", 0, -2)]
    [InlineData("w4.grad", 0, -6)]
    [InlineData("w.grad", 1, 5)]           // f = wx + b at (−2, 5, 3)
    [InlineData("x.grad", 0, -2)]
    [InlineData("b.grad", 1, 1)]
    public void Autograd_finds_the_chain_rules_derivatives(string code, int occurrence, double derivative) =>
        Taught.Near([derivative], Taught.Result("autograd", code, occurrence));

    [Fact]
    public void Backpropagation_leaves_z_minus_t_and_agrees_with_trying()
    {
        var error = Taught.Result("backpropagation", "y.grad");
        Taught.Near([(1 / (1 + Math.Exp(-0.8))) - 1, 1 / (1 + Math.Exp(0.3))], error);

        var byFormula = Taught.Page("backpropagation").Checks.Single(check => check.Why.Contains("the formula"));
        var byTrying = Taught.Page("backpropagation").Checks.Single(check => check.Why.Contains("trying"));
        Assert.Equal(byFormula.Expected.Values[0], byTrying.Expected.Values[0], 1e-8);
        Assert.NotEqual(byFormula.Expected.Values[0], byTrying.Expected.Values[0]);
        Assert.Equal(-0.084259, byTrying.Expected.Values[0], 1e-6);
    }

    [Fact]
    public void Sigmoid_layer_gives_98_and_12_hundredths() =>
        Taught.Near([0.98, 0.12], Taught.Result("sigmoid-layer", "(W.matmul(x) + b).sigmoid()"), TwoDigits);

    [Fact]
    public void Fixed_network_computes_xor() => Taught.Near([0, 1, 1, 0], Taught.Result("xor-by-hand", "y.view(4)"), 0.03);

    [Theory]
    [InlineData("F.sigmoid(x)", new[] { 0.119203, 0.5, 0.880797 })]
    [InlineData("F.tanh(x)", new[] { -0.964028, 0, 0.964028 })]
    [InlineData("F.relu(x)", new[] { 0.0, 0, 2 })]
    [InlineData("F.leaky_relu(x, 0.1)", new[] { -0.2, 0, 2 })]
    [InlineData("F.elu(x, 1)", new[] { -0.864665, 0, 2 })]
    [InlineData("(-x - 1).maximum(x / 2)", new[] { 1.0, 0, 1 })]
    [InlineData("SlopeAt(0, F.sigmoid)", new[] { 0.25 })]
    [InlineData("SlopeAt(0.5f, x => F.tanh(x))", new[] { 0.786448 })]
    public void Activations_at_minus_two_zero_and_two(string code, double[] values) => Taught.Near(values, Taught.Result("activations", code));

    [Fact]
    public void Ten_sigmoids_leave_less_than_a_millionth()
    {
        Taught.Near([3.48312e-7 * Math.Pow(4, 10)], Taught.Result("vanishing-gradients", "gradient"), 1e-5);
        Taught.Near([1], Taught.Result("vanishing-gradients", "relu"));
    }

    [Theory]
    [InlineData("F.l1_loss(guess, y)", 2)]
    [InlineData("F.mse_loss(guess, y)", 14 / 3.0)]   // 4.67 on the slide
    [InlineData("F.mse_loss(guess, y, Reduction.Sum) / 2", 7)]
    [InlineData("loss", 0.3125, 3)]
    [InlineData("W.grad[0, 3]", -0.225)]
    [InlineData("W.grad[1, 3]", 0.675)]              // a slide prints 0.625
    public void Losses_of_hours_and_of_the_dog(string code, double loss, int occurrence = 0) =>
        Taught.Near([loss], Taught.Result("losses", code, occurrence));

    [Theory]
    [InlineData("F.cross_entropy(zeros(1, 2)", 0.693147)]
    [InlineData("F.cross_entropy(zeros(1, 10)", 2.302585)]
    [InlineData("F.binary_cross_entropy(p, tensor(1f))", 0.105361)]
    [InlineData("F.cross_entropy(z, tensor(new long[] { 0 }))", 0.417030)]
    public void Cross_entropy_of_certain_and_uncertain_answers(string code, double loss) => Taught.Near([loss], Taught.Result("cross-entropy", code));

    [Theory]
    [InlineData("sgd", 0.8, 0.64)]
    [InlineData("momentum", 0.8, 0.46)]
    [InlineData("nesterov", 0.62, 0.2224)]
    [InlineData("adagrad", 0.9, 0.833104)]
    [InlineData("rmsprop", 0.683772, 0.498870)]
    [InlineData("adam.", 0.9, 0.800412)]
    public void Update_rules_from_one_down_a_parabola(string rule, double first, double second)
    {
        Taught.Near([first], Taught.Result("optimizers", rule), 2e-6);
        Taught.Near([second], Taught.Result("optimizers", rule, 1), 2e-6);
    }

    [Theory]
    [InlineData("rate: 0.005", 0.817907)]
    [InlineData("rate: 0.2", 3.656e-5)]
    [InlineData("rate: 0.5", 0)]
    [InlineData("rate: 1)", 1)]
    [InlineData("rate: 1.05", 6.7275)]
    public void Learning_rates_after_their_steps(string code, double weight) => Taught.Near([weight], Taught.Result("learning-rate", code), 2e-5);

    [Fact]
    public void Momentum_gets_past_the_minimum_in_which_descent_stays()
    {
        Taught.Near([0.9601], Taught.Result("momentum", "descent"), 5e-5);
        Taught.Near([-1.0356], Taught.Result("momentum", "ball"), 5e-5);
    }

    [Fact]
    public void Weight_decay_moves_the_minimum()
    {
        Taught.Near([0.8], Taught.Result("weight-decay", "decayed.Steps(200"), 1e-5);
        Taught.Near([0.9], Taught.Result("weight-decay", "OptimizerKind.Adam)"));
        Taught.Near([0.95], Taught.Result("weight-decay", "OptimizerKind.AdamW)"));
    }

    [Fact]
    public void Batches_count_600_iterations_and_average_gradients()
    {
        Taught.Near([600], Taught.Result("batches", "60_000, 100"));
        Taught.Near([937], Taught.Result("batches", "60_000, 64"));
        Taught.Near([-28 / 3.0], Taught.Result("batches", "Gradient(x)"), 1e-5);
        Taught.Near([0.0933], Taught.Result("batches", "0.01 * -Gradient(x)"), 5e-5);
    }

    [Theory]
    [InlineData("Shape(227, 227", new double[] { 55, 55 })]
    [InlineData("Shape(64, 64", new double[] { 29, 29 })]
    [InlineData("Shape(32, 64", new double[] { 28, 60 })]
    [InlineData("F.conv2d(image", new double[] { 8, 9, 8, 8, 5, 9, 6, 5, 5 })]
    public void Convolution_sizes_and_sums(string code, double[] numbers) => Taught.Near(numbers, Taught.Result("convolution", code));

    [Theory]
    [InlineData("F.max_pool2d(x, 2)", new double[] { 6, 8, 3, 4 })]
    [InlineData("F.avg_pool2d(x, 2)", new[] { 3.25, 5.25, 2, 2 })]
    public void Pooling_takes_the_greatest_or_the_mean(string code, double[] numbers) => Taught.Near(numbers, Taught.Result("pooling", code));

    [Theory]
    [InlineData("(row + column).shape", new double[] { 2, 2 })]
    [InlineData("m.mul(v)", new double[] { 1, 2, 6, 8 })]
    [InlineData("m.matmul(v)", new double[] { 5, 11 })]
    [InlineData("m.mean([1])", new[] { 1.5, 3.5 })]
    [InlineData("m.sum(dim: 0)", new double[] { 4, 6 })]
    [InlineData("m.max(0).values", new double[] { 3, 4 })]
    [InlineData("m.argmax(1)", new double[] { 1, 1 })]
    [InlineData("t[.., 1]", new double[] { 1, 4, 7, 10 })]
    public void Tensors_are_reshaped_reduced_and_sliced(string code, double[] numbers) => Taught.Near(numbers, Taught.Result("tensors", code));
}
