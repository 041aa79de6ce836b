using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MiniBatch.Contracts;

/// <summary>What the program does with tensors: shapes, arithmetic, reductions, types.</summary>
public sealed class TensorTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Factories_make_float32_on_the_cpu_of_the_size_asked_for()
    {
        var made = zeros(2, 3);
        Assert.Equal([2, 3], made.shape);
        Assert.Equal((ScalarType.Float32, DeviceType.CPU), (made.dtype, made.device_type));
        Assert.Equal((6, 4, 2), (made.NumberOfElements, made.ElementSize, made.Dimensions));
        Torch.Same([0, 0, 0, 0, 0, 0], made);
        Torch.Same([1, 1], ones(2));
        Assert.Equal([4, 1, 2, 3], empty(4, 1, 2, 3).shape);
        Assert.Equal([5], zeros([5], dtype: int64).shape);
        Assert.Equal(ScalarType.Int64, zeros(1, dtype: int64).dtype);
    }

    [Fact]
    public void Tensor_of_an_array_keeps_its_type_and_takes_dimensions()
    {
        Assert.Equal(ScalarType.Int64, tensor(new long[] { 1, 2 }).dtype);
        Assert.Equal(ScalarType.Byte, tensor(new byte[] { 1, 2 }).dtype);
        Assert.Equal(ScalarType.Float64, tensor(new double[] { 1, 2 }).dtype);
        Assert.Equal([2, 2], tensor(new float[] { 1, 2, 3, 4 }, [2, 2]).shape);
        Torch.Same([1, 2, 3, 4], tensor(new float[,] { { 1, 2 }, { 3, 4 } }));
        Assert.Equal(0, tensor(1.5f).Dimensions);
        Assert.Equal(1.5f, tensor(1.5f).item<float>());
    }

    [Fact]
    public void Tensor_of_an_array_is_a_copy()
    {
        float[] values = [1, 2];
        var copy = tensor(values);
        values[0] = 9;
        Torch.Same([1, 2], copy);
    }

    [Fact]
    public void Arange_of_integers_is_int64_and_of_floats_float32()
    {
        Assert.Equal([0L, 1, 2, 3], arange(4).data<long>().ToArray());
        Assert.Equal([2L, 5, 8], arange(2, 10, 3).data<long>().ToArray());
        Torch.Same([0, 0.5f, 1], arange(0.0f, 1.5f, 0.5f));
    }

    [Fact]
    public void View_shares_memory_and_refuses_another_number_of_elements()
    {
        var flat = arange(6).to(float32);
        var table = flat.view(2, -1);
        Assert.Equal([2, 3], table.shape);
        table.fill_(7);
        Torch.Same([7, 7, 7, 7, 7, 7], flat);
        Assert.Throws<ExternalException>(() => flat.view(4, 2));
    }

    [Fact]
    public void Row_and_column_broadcast_to_a_table()
    {
        var row = tensor(new float[] { 1, 2 }, [1, 2]);
        var column = tensor(new float[] { 3, 4 }, [2, 1]);
        var sum = row + column;
        Assert.Equal([2, 2], sum.shape);
        Torch.Same([4, 5, 5, 6], sum);
    }

    [Fact]
    public void Mul_is_element_wise_and_matmul_is_not()
    {
        var a = tensor(new float[] { 1, 2, 3, 4 }, [2, 2]);
        var b = tensor(new float[] { 1, 2 }, [2, 1]);
        Torch.Same([1, 2, 6, 8], a.mul(b));
        Torch.Same([1, 2, 6, 8], a * b);
        Torch.Same([5, 11], a.matmul(b));
        Torch.Same([5, 11], a.mm(b));
    }

    [Fact]
    public void Operators_take_numbers_on_either_side()
    {
        var x = tensor(new float[] { 1, 2 });
        Torch.Same([3, 4], x + 2);
        Torch.Same([3, 4], 2.0f + x);
        Torch.Same([-1, 0], x - 2.0);
        Torch.Same([1, 0], 2.0f - x);
        Torch.Same([0.5f, 1], x / 2);
        Torch.Same([2, 1], 2.0f / x);
        Torch.Same([-1, -2], -x);
        Torch.Same([1, 4], x.pow(2));
        Torch.Same([1, 1.4142135f], x.sqrt());
    }

    [Fact]
    public void Integers_stay_integers_beside_an_integer_and_not_beside_a_float()
    {
        var x = tensor(new long[] { 1, 2 });
        Assert.Equal(ScalarType.Int64, (x + 1).dtype);
        Assert.Equal(ScalarType.Float32, (x + 0.5f).dtype);
    }

    [Fact]
    public void In_place_operations_change_the_tensor_they_are_called_on()
    {
        var x = tensor(new float[] { 1, 2 });
        x.add_(tensor(new float[] { 10, 20 }), 0.5f);
        Torch.Same([6, 12], x);
        x.mul_(2).sub_(2);
        Torch.Same([10, 22], x);
        x.copy_(tensor(new long[] { 5, 6 }));
        Torch.Same([5, 6], x);
        x.zero_();
        Torch.Same([0, 0], x);
    }

    [Fact]
    public void Reductions_go_over_all_elements_or_one_dimension()
    {
        var x = tensor(new float[] { 1, 2, 3, 6, 5, 4 }, [2, 3]);
        Assert.Equal(21, x.sum().item<float>());
        Assert.Equal(3.5f, x.mean().item<float>());
        Torch.Same([7, 7, 7], x.sum(dim: 0));
        Torch.Same([6, 15], x.sum(1));
        Torch.Same([2, 5], x.mean([1]));
        Assert.Equal([2, 1], x.mean([1], keepdim: true).shape);
        Assert.Equal(6, x.max().item<float>());
        var (values, indexes) = x.max(1);
        Torch.Same([3, 6], values);
        Assert.Equal([2L, 0], indexes.data<long>().ToArray());
    }

    [Fact]
    public void Sum_of_a_literal_zero_takes_it_for_a_type_and_not_a_dimension() =>
        Assert.Equal((ScalarType.Byte, 0), (ones(2, 2).sum(0).dtype, ones(2, 2).sum(0).Dimensions)); // C# overloads: say dim: 0

    [Fact]
    public void Argmax_by_dimension_names_the_greatest_entry()
    {
        var x = tensor(new float[] { 1, 2, 3, 6, 5, 4 }, [2, 3]);
        Assert.Equal([2L, 0], x.argmax(1).data<long>().ToArray());
        Assert.Equal([1L, 1, 1], x.argmax(0).data<long>().ToArray());
        Assert.Equal(3L, x.argmax().item<long>());
    }

    [Fact]
    public void Correct_answers_are_counted_by_eq_and_sum()
    {
        var predicted = tensor(new long[] { 1, 2, 3, 4 });
        var labels = tensor(new long[] { 1, 0, 3, 4 });
        Assert.Equal(3, predicted.eq(labels).sum().ToInt64());
        Assert.Equal([true, false, true, true], (predicted == labels).data<bool>().ToArray());
    }

    [Fact]
    public void Slices_share_memory_and_index_select_copies()
    {
        var x = arange(6).to(float32).view(3, 2);
        Torch.Same([2, 3], x.select(0, 1));
        Torch.Same([2, 3], x[1]);
        Assert.Equal(5, x[2, 1].item<float>());
        Torch.Same([2, 3, 4, 5], x.narrow(0, 1, 2));
        var picked = x.index_select(0, tensor(new long[] { 2, 0 }));
        Torch.Same([4, 5, 0, 1], picked);
        x[0].fill_(9);
        Torch.Same([9, 9, 2, 3, 4, 5], x);
        Torch.Same([4, 5, 0, 1], picked);
    }

    [Fact]
    public void Ranges_between_brackets_are_slices_that_share_memory()
    {
        var x = arange(12, dtype: float32).view(4, 3);
        Torch.Same([3, 4, 5, 6, 7, 8], x[1..3]);
        Torch.Same([1, 4, 7, 10], x[.., 1]);
        Torch.Same([0, 1, 3, 4, 6, 7, 9, 10], x[.., ..^1]);
        Torch.Same([9, 10, 11], x[^1]);
        Torch.Same([7, 8], x[2, 1..]);
        Torch.Same([0, 1, 2, 6, 7, 8], x[TensorIndex.Slice(step: 2)]);
        Torch.Same([5, 8], x[TensorIndex.Slice(-3, -1), ^1]);
        Torch.Same([2, 5, 8, 11], x[TensorIndex.Ellipsis, 2]);
        Torch.Same([2, 5, 8, 11], x[TensorIndex.Ellipsis, TensorIndex.Colon, 2]);
        Torch.Same([3, 4, 5], x.slice(0, 1, 2, 1));
        x[.., 0].fill_(9);
        Torch.Same([9, 1, 2, 9], x.flatten()[..4]);
    }

    [Fact]
    public void Brackets_keep_add_or_drop_dimensions()
    {
        var x = zeros(4, 3, 2);
        Assert.Equal([4, 2], x[.., 1].shape);
        Assert.Equal([4, 1, 2], x[.., 1..2].shape);
        Assert.Equal([4, 3], x[TensorIndex.Ellipsis, 0].shape);
        Assert.Equal([1, 4, 3, 2], x[TensorIndex.None].shape);
        Assert.Equal([0, 3, 2], x[2..2].shape);
        Assert.Throws<ExternalException>(() => x[.., 3]);
        Assert.Throws<ExternalException>(() => x[0, 0, 0, ..]);
    }

    [Fact]
    public void Maximum_is_the_greater_of_each_two_elements() =>
        Torch.Same([2, 2, 3, 0], tensor(new float[] { 1, 2, 3, -1 }, [2, 2]).maximum(tensor(new float[] { 2, 0 })));

    [Fact]
    public void Permuted_tensor_shares_its_memory_with_dimensions_in_another_order()
    {
        var x = arange(24, dtype: float32).view(2, 3, 4);

        var permuted = x.permute(2, 0, 1);

        Assert.Equal([4, 2, 3], permuted.shape);
        Assert.False(permuted.is_contiguous());
        Assert.Equal([0f, 4, 8, 12, 16, 20, 1], permuted.flatten().data<float>().ToArray()[..7]);
        Assert.True(empty([5, 28, 28, 1]).permute(0, 3, 1, 2).is_contiguous());   // one channel: the same bytes either way
    }

    [Fact]
    public void Transposed_tensor_is_not_contiguous_until_made_so()
    {
        var x = tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]).t();
        Assert.Equal([3, 2], x.shape);
        Assert.False(x.is_contiguous());
        Torch.Same([1, 4, 2, 5, 3, 6], x.contiguous());
        Torch.Same([1, 4, 2, 5, 3, 6], x.transpose(0, 1).t().reshape(6));
        Assert.Equal([1f, 4, 2, 5, 3, 6], x.data<float>().ToArray());
    }

    [Fact]
    public void Conversions_read_one_element_of_any_type()
    {
        Assert.Equal(2.5f, tensor(2.5).ToSingle());
        Assert.Equal(2.5, tensor(2.5f).ToDouble());
        Assert.Equal(3L, tensor(3.9f).ToInt64());
        Assert.Equal(long.MaxValue, tensor(long.MaxValue).ToInt64());
        Assert.Equal(0L, tensor(0L).ToInt64());
        Assert.Equal(2.5f, (float)tensor(2.5f));
        Assert.Throws<ArgumentException>(() => tensor(2.5f).item<double>());
        Assert.Throws<ArgumentException>(() => zeros(2).item<float>());
    }

    [Fact]
    public void Conversion_to_bytes_and_back_keeps_pixels()
    {
        var pixels = tensor(new byte[] { 0, 128, 255 }).to(float32) / 255.0f;
        Torch.Same([0, 128 / 255f, 1], pixels);
        Assert.Equal(ScalarType.Byte, (pixels * 255.0f).to(uint8).dtype);
    }

    [Fact]
    public void Softmax_rows_sum_to_one()
    {
        var rows = tensor(new float[] { 1, 2, 3, 1000, 0, -1000 }, [2, 3]).softmax(1);
        Torch.Same([1, 1], rows.sum(1));
        Assert.Equal(Math.Exp(3) / (Math.Exp(1) + Math.Exp(2) + Math.Exp(3)), rows[0, 2].ToDouble(), 1e-6);
    }

    [Fact]
    public void Equals_compares_shape_and_elements()
    {
        Assert.True(ones(2, 2).Equals(ones(2, 2)));
        Assert.False(ones(2, 2).Equals(zeros(2, 2)));
        Assert.False(ones(2, 2).Equals(ones(4)));
    }

    [Fact]
    public void Device_is_told_by_its_description()
    {
        Assert.Equal((DeviceType.CPU, "cpu"), (device("cpu").type, device("cpu").ToString()));
        Assert.Equal((DeviceType.CUDA, 1), (device("cuda:1").type, device("cuda:1").index));
        Assert.Equal("cuda:1", device("cuda:1").ToString());
        Assert.Equal("cpu", zeros(1).device.ToString());
        Assert.Equal(cuda.is_available(), cuda.device_count() > 0);
    }
}
