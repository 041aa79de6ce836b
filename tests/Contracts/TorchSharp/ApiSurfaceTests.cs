namespace MiniBatch.Contracts;

/// <summary>The comparison itself: a slice that differs from its list must be told so.</summary>
public sealed class ApiSurfaceTests
{
    private static readonly string[] Lines =
    [
        "class MiniBatch.Contracts.ApiSurfaceTests.Layer : MiniBatch.Contracts.ApiSurfaceTests.Base<System.Int32>, System.IDisposable",
        "  new(System.Int64 size, System.Boolean bias = True, System.Nullable<System.Double> rate = default)",
        "  System.Int64 Size { get; set; }",
        "  protected virtual System.Void Dispose(System.Boolean disposing)",
        "  static T Make<T>(out System.Int32& count, params System.Int64[] shape)",
        "abstract class MiniBatch.Contracts.ApiSurfaceTests.Base<T>",
        "  protected new()",
        "  T call(T input)",
        "  abstract T forward(T input)",
        "enum MiniBatch.Contracts.ApiSurfaceTests.Colour : System.IComparable",
        "  Red, Green",
    ];

    public abstract class Base<T>
    {
        public T call(T input) => forward(input);

        public abstract T forward(T input);
    }

    public sealed class Layer : Base<int>
    {
        public Layer(long size, bool bias = true, double? rate = null) => (Size, _, _) = (size, bias, rate);

        public long Size { get; }

        public override int forward(int input) => input;

        public static T? Make<T>(out int count, params long[] shape) => (count = shape.Length) == 0 ? default : default;

        public override string ToString() => "an override of the framework's own member is no addition";
    }

    public enum Colour { Red, Green }

    private static IReadOnlyList<string> Compare(string from = "", string to = "") =>
        ApiSurface.Differences([typeof(Layer), typeof(Base<>), typeof(Colour)], Lines.Select(line => from == "" ? line : line.Replace(from, to)));

    [Fact]
    public void Types_that_match_the_list_have_no_differences() => Assert.Empty(Compare());

    [Theory]
    [InlineData("Int64 size", "Int64 length")] // parameter name
    [InlineData("bias = True", "bias = False")]
    [InlineData("rate = default", "rate")]
    [InlineData("System.Int64 size", "System.Int32 size")]
    [InlineData("Int64 Size", "Int32 Size")]
    [InlineData("{ get; set; }", "{ set; }")]
    [InlineData("static T Make", "T Make")]
    [InlineData("params System.Int64[]", "System.Int64[]")]
    [InlineData("out System.Int32& count", "System.Int32& count")]
    [InlineData("T call", "T invoke")] // a wrong name, or an invented member
    [InlineData("T call", "protected T call")]
    [InlineData("abstract T forward", "T forward")] // an heir could not override it
    [InlineData("Base<System.Int32>, ", "Base<System.Single>, ")]
    [InlineData("Red, Green", "Red")]
    [InlineData("enum ", "struct ")]
    [InlineData("Contracts.ApiSurfaceTests.Colour", "Contracts.ApiSurfaceTests.Color")]
    public void A_list_that_differs_is_reported(string from, string to) => Assert.NotEmpty(Compare(from, to));
}
