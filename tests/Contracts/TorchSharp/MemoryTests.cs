using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MiniBatch.Contracts;

/// <summary>Who owns a tensor, when it goes, and what of its memory the program may touch.</summary>
public sealed class MemoryTests
{
    [Fact]
    public void Bytes_are_the_tensors_own_memory()
    {
        using var tensor = zeros(4);
        MemoryMarshal.Cast<byte, float>(tensor.bytes)[2] = 5;
        Torch.Same([0, 0, 5, 0], tensor);
        using var view = tensor.view(2, 2);
        Assert.Equal(5, MemoryMarshal.Cast<byte, float>(view.bytes)[2]);
        tensor.bytes = MemoryMarshal.AsBytes(new float[] { 1, 2, 3, 4 }.AsSpan());
        Torch.Same([1, 2, 3, 4], view);
    }

    [Fact]
    public void Bytes_of_another_length_or_of_a_transposed_tensor_are_refused()
    {
        using var tensor = zeros(2, 3);
        using var transposed = tensor.t();
        Assert.Throws<ArgumentException>(() => tensor.bytes = new byte[4]);
        Assert.Throws<NotImplementedException>(() => transposed.bytes.Length);
    }

    [Fact]
    public void Frombuffer_and_from_array_share_the_managed_array()
    {
        float[] values = [1, 2, 3, 4];
        using var all = frombuffer(values, float32);
        using var part = frombuffer(values, float32, count: 2, offset: 1);
        using var array = from_array(values);
        values[1] = 20;
        Torch.Same([1, 20, 3, 4], all);
        Torch.Same([20, 3], part);
        array.fill_(7);
        Assert.Equal([7f, 7, 7, 7], values);
        Assert.Throws<IndexOutOfRangeException>(() => frombuffer(values, float32, count: 9));
        Assert.Throws<ArgumentException>(() => frombuffer(values, float32, offset: 4));
    }

    [Fact]
    public void Frombuffer_of_another_type_converts_a_copy()
    {
        byte[] pixels = [0, 128, 255];
        using var converted = frombuffer(pixels, float32);
        pixels[0] = 9;
        Torch.Same([0, 128, 255], converted);
    }

    [Fact]
    public void Shared_array_stays_where_it_is_while_a_view_refers_to_it()
    {
        var view = ViewOfForgottenArrayAmongGarbage();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _ = Garbage(); // lies where the array would have moved from
        Torch.Same([4, 5], view);
        view.Dispose();

        static Tensor ViewOfForgottenArrayAmongGarbage()
        {
            _ = Garbage();
            using var shared = frombuffer(new float[] { 1, 2, 3, 4, 5 }, float32);
            return shared.narrow(0, 3, 2);
        }

        static long Garbage() => Enumerable.Range(0, 10_000).Select(_ => { var junk = new byte[100]; junk.AsSpan().Fill(0xFF); return junk; }).Sum(junk => junk[0]);
    }

    [Fact]
    public void Scope_disposes_what_its_thread_made_in_it()
    {
        Tensor inside, detached;
        using (NewDisposeScope())
        {
            inside = zeros(1);
            detached = zeros(1).DetachFromDisposeScope();
        }
        Assert.True(inside.IsInvalid);
        Assert.False(detached.IsInvalid);
        detached.Dispose();
        Assert.True(detached.IsInvalid);
    }

    [Fact]
    public void Scope_hands_a_tensor_to_the_scope_around_it()
    {
        Tensor kept;
        using (NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                kept = zeros(1).MoveToOuterDisposeScope();
                var other = inner.MoveToOuter(zeros(1));
                Assert.Equal(0, inner.DisposablesCount);
                other.Dispose();
            }
            Assert.False(kept.IsInvalid);
        }
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void Scope_of_one_thread_leaves_the_tensors_of_another_alone()
    {
        using var scope = NewDisposeScope();
        Tensor? other = null;
        var thread = new Thread(() => other = zeros(1));
        thread.Start();
        thread.Join();
        Assert.Equal(0, scope.DisposablesCount);
        scope.DisposeEverything();
        Assert.False(other!.IsInvalid);
        other.Dispose();
    }

    [Fact]
    public void Tensor_disposed_by_hand_leaves_its_scope()
    {
        using var scope = NewDisposeScope();
        var tensor = zeros(1);
        Assert.True(scope.Contains(tensor));
        tensor.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
        tensor.Dispose();
    }

    [Fact]
    public void Disposed_tensor_is_refused_by_name()
    {
        var tensor = zeros(1);
        tensor.Dispose();
        Assert.Throws<InvalidOperationException>(() => tensor.add(1));
        Assert.Throws<InvalidOperationException>(() => tensor.shape);
    }

    [Fact]
    public void Alias_outlives_the_reference_that_it_was_made_from()
    {
        var tensor = ones(2);
        using var alias = tensor.alias();
        tensor.Dispose();
        Torch.Same([1, 1], alias);
    }

    [Fact]
    public void Forgotten_tensors_go_with_their_finaliser()
    {
        var before = Tensor.TotalCount;
        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(Tensor.TotalCount < before + 50, $"{Tensor.TotalCount} tensors after, {before} before");

        static void Forget()
        {
            for (var i = 0; i < 100; i++) _ = zeros(1);
        }
    }

    [Fact]
    public void Ten_thousand_steps_leave_no_tensor_and_no_memory_behind()
    {
        const long ResidentBytesMax = 32 << 20;
        using var model = nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10));
        using var images = rand(20, 784);
        using var labels = zeros(20, dtype: int64);
        Train(500); // pools and just-in-time compilation settle
        GC.Collect(); // what other tests forgot goes before the count, not during it
        GC.WaitForPendingFinalizers();
        var (tensors, resident) = (Tensor.TotalCount, ResidentBytes());
        Train(10_000);

        Assert.Equal(tensors, Tensor.TotalCount);
        Assert.InRange(ResidentBytes() - resident, long.MinValue, ResidentBytesMax);

        void Train(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                using var scope = NewDisposeScope();
                model.zero_grad();
                F.cross_entropy(model.call(images), labels).backward();
                foreach (var parameter in model.parameters()) Assert.Equal(parameter.NumberOfElements * 4, parameter.grad!.bytes.Length);
            }
        }

        static long ResidentBytes()
        {
            using var self = Process.GetCurrentProcess();
            return self.WorkingSet64;
        }
    }
}
