namespace MiniBatch.Benchmarks;

/// <summary>What is measured on.</summary>
internal static class Values
{
    /// <summary>Small, of both signs, never 0 or denormal: no instruction is faster or slower for them.</summary>
    /// <param name="count">float32s.</param>
    public static float[] Floats(int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = ((i % 1000) - 499.5f) * 1e-4f;
        return values;
    }
}
