"""Scripts as people write them on ``caffe.NetSpec``, over whichever NetSpec, layers and params they are given.

Each takes ``(NetSpec, L, P)`` and returns what has a ``to_proto()``: a NetSpec or a Top. SCRIPTS holds them all.
"""

# ruff: noqa: UP031 -- dict(...) and % are how people write these

SCRIPTS = {}


def script(function):
    SCRIPTS[function.__name__] = function
    return function


def spec(NetSpec, L, classes=False, shape=(2, 3, 32, 32)):
    """A NetSpec with ``data``, and ``label`` where classes are wanted, that Caffe can load without files."""
    n = NetSpec()
    n.data = L.Input(shape=dict(dim=list(shape)))
    if classes:
        n.label = L.DummyData(shape=dict(dim=[shape[0]]))
    return n


# ---- small nets, whole ----


@script
def lenet(NetSpec, L, P):
    n = NetSpec()
    n.data, n.label = L.Data(
        batch_size=64,
        backend=P.Data.LMDB,
        source="mnist_train_lmdb",
        transform_param=dict(scale=1.0 / 255),
        ntop=2,
    )
    n.conv1 = L.Convolution(n.data, kernel_size=5, num_output=20, weight_filler=dict(type="xavier"))
    n.pool1 = L.Pooling(n.conv1, kernel_size=2, stride=2, pool=P.Pooling.MAX)
    n.conv2 = L.Convolution(n.pool1, kernel_size=5, num_output=50, weight_filler=dict(type="xavier"))
    n.pool2 = L.Pooling(n.conv2, kernel_size=2, stride=2, pool=P.Pooling.MAX)
    n.fc1 = L.InnerProduct(n.pool2, num_output=500, weight_filler=dict(type="xavier"))
    n.relu1 = L.ReLU(n.fc1, in_place=True)
    n.score = L.InnerProduct(n.relu1, num_output=10, weight_filler=dict(type="xavier"))
    n.loss = L.SoftmaxWithLoss(n.score, n.label)
    return n


@script
def lenet_without_names(NetSpec, L, P):
    data, label = L.DummyData(
        shape=[dict(dim=[2, 1, 28, 28]), dict(dim=[2])], transform_param=dict(scale=1 / 256.0), ntop=2
    )
    x = L.Convolution(data, kernel_size=5, num_output=20, weight_filler=dict(type="xavier"))
    x = L.Pooling(x, kernel_size=2, stride=2, pool=P.Pooling.MAX)
    x = L.Convolution(x, kernel_size=5, num_output=50, weight_filler=dict(type="xavier"))
    x = L.Pooling(x, kernel_size=2, stride=2, pool=P.Pooling.MAX)
    x = L.ReLU(L.InnerProduct(x, num_output=500, weight_filler=dict(type="xavier")), in_place=True)
    x = L.InnerProduct(x, num_output=10, weight_filler=dict(type="xavier"))
    return L.SoftmaxWithLoss(x, label)


@script
def siamese_with_shared_params(NetSpec, L, P):
    n = NetSpec()
    n.pair = L.Input(shape=dict(dim=[4, 2, 28, 28]))
    n.sim = L.DummyData(shape=dict(dim=[4]))
    n.data, n.data_p = L.Slice(n.pair, slice_dim=1, slice_point=1, ntop=2)

    def branch(data, suffix):
        conv = L.Convolution(
            data, kernel_size=5, num_output=4, param=[dict(name="w1", lr_mult=1), dict(name="b1", lr_mult=2)]
        )
        n["conv1" + suffix] = conv
        n["pool1" + suffix] = L.Pooling(conv, kernel_size=2, stride=2)
        n["feat" + suffix] = L.InnerProduct(
            n["pool1" + suffix], num_output=2, param=[dict(name="w2", lr_mult=1), dict(name="b2", lr_mult=2)]
        )

    branch(n.data, "")
    branch(n.data_p, "_p")
    n.loss = L.ContrastiveLoss(n.feat, n.feat_p, n.sim, contrastive_loss_param=dict(margin=1))
    return n


# ---- tops, names and order ----


@script
def in_place(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.conv = L.Convolution(n.data, num_output=4, kernel_size=3)
    n.bn = L.BatchNorm(n.conv, in_place=True, use_global_stats=True)
    n.scale = L.Scale(n.bn, bias_term=True, in_place=True)
    n.relu = L.ReLU(n.scale, in_place=True)
    n.drop = L.Dropout(n.relu, dropout_ratio=0.25, in_place=True)
    n.again = L.Convolution(n.drop, num_output=2, kernel_size=1)
    return n


@script
def in_place_without_names(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.out = L.Pooling(
        L.ReLU(L.ReLU(L.Convolution(n.data, num_output=4, kernel_size=3), in_place=True), in_place=True),
        kernel_size=2,
    )
    return n


@script
def in_place_said_to_be_false(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.relu = L.ReLU(n.data, in_place=False)
    return n


@script
def several_tops(NetSpec, L, P):
    n = spec(NetSpec, L, shape=(2, 6, 8, 8))
    n.a, n.b, n.c = L.Slice(n.data, ntop=3, slice_param=dict(axis=1, slice_point=[1, 3]))
    n.sum = L.Concat(n.c, n.a, n.b, axis=1)
    return n


@script
def several_tops_of_which_one_has_a_name(NetSpec, L, P):
    n = spec(NetSpec, L, shape=(2, 6, 8, 8))
    first, second, third = L.Slice(n.data, ntop=3, axis=1)
    n.third = third
    n.silence = L.Silence(first, second, ntop=0)
    return n


@script
def several_tops_without_names(NetSpec, L, P):
    n = NetSpec()
    tops = L.DummyData(shape=[dict(dim=[1, 2]), dict(dim=[1, 3]), dict(dim=[1, 4])], ntop=3)
    n.all = L.Concat(*tops)
    return n


@script
def zero_tops(NetSpec, L, P):
    n = spec(NetSpec, L, classes=True)
    n.unused = L.Silence(n.label, ntop=0)
    n.quiet = L.Silence(n.data, L.Flatten(n.data), ntop=0)
    return n


@script
def one_top_asked_for(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.relu = L.ReLU(n.data, ntop=1)
    return n


@script
def made_up_names_meet_given_ones(NetSpec, L, P):
    """The numbers in made-up names take no notice of names that are already there."""
    n = spec(NetSpec, L)
    n.ReLU1 = L.TanH(n.data)
    n.out = L.Eltwise(L.ReLU(n.ReLU1), L.ReLU(L.ReLU(n.data)), L.TanH(n.data))
    return n


@script
def numbers_run_by_type(NetSpec, L, P):
    n = spec(NetSpec, L)
    x = n.data
    for _ in range(3):
        x = L.ReLU(L.Power(x, scale=2))
    n.out = x
    n.late = L.Power(L.TanH(x))
    return n


@script
def name_and_type_said_as_parameters(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.conv = L.Convolution(n.data, name="first_layer", num_output=2, kernel_size=1)
    n.next = L.ReLU(n.conv, name="second_layer")
    n.python = L.Custom(n.next, type="ReLU")
    return n


@script
def more_tops_and_bottoms_said_as_parameters(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.split = L.Split(n.data, top=["copy"])
    n.sum = L.Eltwise(n.split, bottom="copy")
    return n


@script
def slashes_in_names(NetSpec, L, P):
    n = spec(NetSpec, L)
    n["inception/1x1"] = L.Convolution(n.data, num_output=2, kernel_size=1)
    n["inception/relu 1x1"] = L.ReLU(n["inception/1x1"], in_place=True)
    n["inception/output.0-a"] = L.Concat(n["inception/relu 1x1"], n["data"])
    return n


@script
def a_name_given_twice(NetSpec, L, P):
    """The second top takes the name; the first is still there where it is used, under a made-up one."""
    n = spec(NetSpec, L)
    n.x = L.ReLU(n.data)
    n.y = L.TanH(n.x)
    n.x = L.Sigmoid(n.y)
    return n


@script
def two_names_for_one_top(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.first = L.ReLU(n.data)
    n.second = n.first
    n.out = L.TanH(n.first)
    return n


@script
def a_layer_assigned_instead_of_its_top(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.layer = L.ReLU(n.data).fn
    n.out = L.TanH(n.layer.tops[0])
    return n


@script
def users_assigned_before_what_they_use(NetSpec, L, P):
    n = NetSpec()
    data = L.Input(shape=dict(dim=[1, 2]))
    conv = L.ReLU(data)
    n.last = L.TanH(conv)
    n.conv = conv
    n.data = data
    return n


@script
def a_diamond(NetSpec, L, P):
    n = spec(NetSpec, L)
    shared = L.Convolution(n.data, num_output=2, kernel_size=1)
    left, right = L.ReLU(shared), L.Sigmoid(shared)
    n.out = L.Eltwise(right, left, shared, shared, operation=P.Eltwise.SUM, coeff=[1, -1, 0.5, 2])
    return n


@script
def tops_reached_through_the_dict(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.tops["conv"] = L.Convolution(n.tops["data"], num_output=2, kernel_size=1)
    n.gone = L.ReLU(n.conv)
    del n.tops["gone"]
    n.out = L.TanH(next(reversed(n.tops.values())))
    return n


@script
def a_net_continued_from_its_last_layer(NetSpec, L, P):
    """Scripts that read back what they made: type_name, params, inputs."""
    n = spec(NetSpec, L)
    n.conv = L.Convolution(n.data, num_output=6, kernel_size=3, pad=1)
    before = n.conv.fn
    assert before.type_name == "Convolution"
    assert before.inputs == (n.data,)
    assert before.ntop == 1
    assert not before.in_place
    assert before.tops == (n.conv,)
    n.twin = L.Convolution(*before.inputs, **{**before.params, "num_output": 2 * before.params["num_output"]})
    return n


@script
def an_empty_net(NetSpec, L, P):
    return NetSpec()


# ---- parameters ----


@script
def repeated_messages(NetSpec, L, P):
    n = NetSpec()
    n.a, n.b = L.DummyData(
        shape=[dict(dim=[2, 3]), dict(dim=[2])],
        data_filler=[dict(type="gaussian", std=0.5), dict(type="constant", value=1)],
        ntop=2,
    )
    n.fc = L.InnerProduct(
        n.a, num_output=2, param=[dict(lr_mult=1, decay_mult=1), dict(lr_mult=2, decay_mult=0)]
    )
    n.shown = L.Silence(n.fc, n.b, ntop=0, include=[dict(phase=0), dict(phase=1, stage=["monitor"])])
    return n


@script
def a_dict_for_a_repeated_message(NetSpec, L, P):
    n = NetSpec()
    n.data = L.Input(input_param=dict(shape=dict(dim=[1, 2, 3])))
    n.fc = L.InnerProduct(
        n.data, num_output=2, param=dict(lr_mult=0), include=dict(phase=1, not_stage="deploy")
    )
    return n


@script
def bare_values_for_repeated_fields(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.line = L.Input(shape=dict(dim=7))
    n.norm = L.Reduction(n.line, loss_weight=0.5)
    n.conv = L.Convolution(
        n.data, num_output=1, kernel_size=3, stride=2, pad=1, dilation=1, propagate_down=True
    )
    return n


@script
def lists_for_repeated_fields(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.conv = L.Convolution(
        n.data, num_output=1, kernel_size=[3, 5], stride=[1, 2], pad=[1, 2], propagate_down=[True]
    )
    n.crop = L.Crop(n.data, n.conv, axis=2, offset=[0, 3])
    return n


@script
def dicts_in_dicts(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.follows = L.DummyData(shape=dict(dim=[2, 3]), data_filler=dict(value=1))
    n.lstm = L.LSTM(
        n.data,
        n.follows,
        recurrent_param=dict(
            num_output=4,
            weight_filler=dict(type="uniform", min=-0.08, max=0.08),
            bias_filler=dict(type="constant", value=0),
        ),
    )
    n.reshape = L.Reshape(n.data, reshape_param=dict(shape=dict(dim=[0, -1])))
    return n


@script
def own_parameters_under_their_full_name(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.up = L.Deconvolution(
        n.data,
        convolution_param=dict(num_output=3, kernel_size=4, stride=2, group=3, bias_term=False),
        param=[dict(lr_mult=0)],
    )
    n.pool = L.Pooling(n.up, pooling_param=dict(pool=P.Pooling.AVE, global_pooling=True))
    n.both = L.Convolution(n.pool, num_output=2, convolution_param=dict(kernel_size=1))
    return n


@script
def enums(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.max = L.Pooling(n.data, pool=P.Pooling.MAX, kernel_size=2, engine=P.Pooling.CAFFE)
    n.ave = L.Pooling(n.data, pool=P.Pooling.AVE, kernel_size=2, round_mode=P.Pooling.FLOOR)
    n.prod = L.Eltwise(n.data, n.data, operation=P.Eltwise.PROD)
    n.lrn = L.LRN(n.data, norm_region=P.LRN.WITHIN_CHANNEL)
    n.mean = L.Reduction(n.data, operation=P.Reduction.MEAN)
    n.conv = L.Convolution(
        n.data, num_output=1, kernel_size=1, weight_filler=dict(type="msra", variance_norm=P.Filler.FAN_OUT)
    )
    n.loss = L.SigmoidCrossEntropyLoss(
        n.data, n.data, loss_param=dict(normalization=P.Loss.VALID, ignore_label=255)
    )
    return n


@script
def rules_weights_and_phases(NetSpec, L, P):
    n = spec(NetSpec, L, classes=True, shape=(2, 3))
    n.loss = L.SoftmaxWithLoss(
        n.data, n.label, loss_weight=[0.25], include=dict(phase=0), propagate_down=[True, False]
    )
    n.accuracy = L.Accuracy(n.data, n.label, top_k=2, include=[dict(phase=1, min_level=-1, max_level=3)])
    n.other = L.ReLU(n.data, exclude=[dict(stage=["a", "b"]), dict(stage="c")], phase=1)
    return n


@script
def values_at_the_edge(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.tiny = L.Power(n.data, scale=1e-45, shift=-0.0, power=3.4e38)
    n.nothing = L.Power(n.data, scale=0, shift=False, power=True)
    n.last = L.Concat(n.tiny, n.nothing, axis=-1)
    n.infinite = L.Threshold(n.data, threshold=float("inf"))
    n.level = L.ReLU(n.data, include=dict(min_level=-(2**31), max_level=2**31 - 1))
    return n


@script
def empty_dicts(NetSpec, L, P):
    """A message that is present but empty cannot be written so: it stays away."""
    n = spec(NetSpec, L)
    n.drop = L.Dropout(n.data, dropout_param={})
    n.conv = L.Convolution(n.drop, num_output=1, kernel_size=1, param=[{}, dict(lr_mult=1)], weight_filler={})
    n.rule = L.ReLU(n.conv, relu_param=dict(), include={})
    return n


@script
def strings_of_all_kinds(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.python = L.Python(
        n.data,
        module="loss_layers",
        layer="Custom",
        param_str='{"path": "C:\\\\data\\n", "name": \'größe 漢字 😀\'}\t\x01',
        loss_weight=1,
    )
    return n


@script
def parameters_of_layers_that_caffe_does_not_know(NetSpec, L, P):
    n = spec(NetSpec, L)
    n.custom = L.MyOwnLayer(n.data, loss_weight=2, python_param=dict(module="m"), param=dict(name="w"))
    n.recurrent = L.Recurrent(n.data, num_output=3)
    return n


# ---- networks ----


@script
def caffenet(NetSpec, L, P):
    n = spec(NetSpec, L, classes=True, shape=(1, 3, 227, 227))
    weights = [dict(lr_mult=1, decay_mult=1), dict(lr_mult=2, decay_mult=0)]

    def conv_relu(bottom, kernel, outputs, stride=1, pad=0, group=1, bias=0):
        conv = L.Convolution(
            bottom,
            kernel_size=kernel,
            stride=stride,
            num_output=outputs,
            pad=pad,
            group=group,
            param=weights,
            weight_filler=dict(type="gaussian", std=0.01),
            bias_filler=dict(type="constant", value=bias),
        )
        return conv, L.ReLU(conv, in_place=True)

    def fc_relu_drop(bottom, outputs):
        fc = L.InnerProduct(
            bottom, num_output=outputs, param=weights, weight_filler=dict(type="gaussian", std=0.005)
        )
        relu = L.ReLU(fc, in_place=True)
        return fc, relu, L.Dropout(relu, dropout_ratio=0.5, in_place=True)

    n.conv1, n.relu1 = conv_relu(n.data, 11, 96, stride=4)
    n.pool1 = L.Pooling(n.relu1, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    n.norm1 = L.LRN(n.pool1, local_size=5, alpha=1e-4, beta=0.75)
    n.conv2, n.relu2 = conv_relu(n.norm1, 5, 256, pad=2, group=2, bias=1)
    n.pool2 = L.Pooling(n.relu2, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    n.norm2 = L.LRN(n.pool2, local_size=5, alpha=1e-4, beta=0.75)
    n.conv3, n.relu3 = conv_relu(n.norm2, 3, 384, pad=1)
    n.conv4, n.relu4 = conv_relu(n.relu3, 3, 384, pad=1, group=2, bias=1)
    n.conv5, n.relu5 = conv_relu(n.relu4, 3, 256, pad=1, group=2, bias=1)
    n.pool5 = L.Pooling(n.relu5, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    n.fc6, n.relu6, n.drop6 = fc_relu_drop(n.pool5, 512)
    n.fc7, n.relu7, n.drop7 = fc_relu_drop(n.drop6, 512)
    n.fc8 = L.InnerProduct(n.drop7, num_output=1000, param=weights)
    n.loss = L.SoftmaxWithLoss(n.fc8, n.label)
    n.accuracy = L.Accuracy(n.fc8, n.label, include=dict(phase=1))
    return n


@script
def inception(NetSpec, L, P):
    n = spec(NetSpec, L, classes=True, shape=(1, 3, 64, 64))

    def conv(name, bottom, outputs, kernel, **more):
        n[name] = L.Convolution(
            bottom,
            num_output=outputs,
            kernel_size=kernel,
            weight_filler=dict(type="xavier"),
            bias_filler=dict(value=0.2),
            **more,
        )
        n[name.replace("/", "/relu_", 1)] = L.ReLU(n[name], in_place=True)
        return n[name.replace("/", "/relu_", 1)]

    def module(name, bottom, one, reduce3, three, reduce5, five, project):
        pooled = L.Pooling(bottom, kernel_size=3, stride=1, pad=1)
        n[name + "/pool"] = pooled
        n[name + "/output"] = L.Concat(
            conv(name + "/1x1", bottom, one, 1),
            conv(name + "/3x3", conv(name + "/3x3_reduce", bottom, reduce3, 1), three, 3, pad=1),
            conv(name + "/5x5", conv(name + "/5x5_reduce", bottom, reduce5, 1), five, 5, pad=2),
            conv(name + "/pool_proj", pooled, project, 1),
        )
        return n[name + "/output"]

    def head(name, bottom, weight):
        pooled = L.Pooling(bottom, pool=P.Pooling.AVE, global_pooling=True)
        n[name + "/classifier"] = L.InnerProduct(L.Dropout(pooled, dropout_ratio=0.7), num_output=10)
        n[name + "/loss"] = L.SoftmaxWithLoss(n[name + "/classifier"], n.label, loss_weight=weight)

    x = L.Pooling(conv("conv1/7x7_s2", n.data, 64, 7, pad=3, stride=2), kernel_size=3, stride=2)
    x = L.LRN(x, local_size=5, alpha=1e-4, beta=0.75)
    x = module("inception_3a", x, 64, 96, 128, 16, 32, 32)
    head("loss1", x, 0.3)
    x = module("inception_3b", x, 128, 128, 192, 32, 96, 64)
    head("loss2", x, 1)
    return n


@script
def resnet(NetSpec, L, P):
    n = spec(NetSpec, L, classes=True, shape=(1, 3, 64, 64))

    def conv_bn(bottom, outputs, kernel, stride=1, relu=True):
        conv = L.Convolution(
            bottom,
            num_output=outputs,
            kernel_size=kernel,
            stride=stride,
            pad=kernel // 2,
            bias_term=False,
            weight_filler=dict(type="msra"),
        )
        bn = L.BatchNorm(conv, in_place=True, param=[dict(lr_mult=0), dict(lr_mult=0), dict(lr_mult=0)])
        scale = L.Scale(bn, scale_param=dict(bias_term=True), in_place=True)
        return L.ReLU(scale, in_place=True) if relu else scale

    def bottleneck(bottom, width, stride, project):
        short = conv_bn(bottom, 4 * width, 1, stride, relu=False) if project else bottom
        x = conv_bn(bottom, width, 1, stride)
        x = conv_bn(conv_bn(x, width, 3), 4 * width, 1, relu=False)
        return L.ReLU(L.Eltwise(short, x, operation=P.Eltwise.SUM), in_place=True)

    x = L.Pooling(conv_bn(n.data, 16, 7, 2), pool=P.Pooling.MAX, kernel_size=3, stride=2)
    for stage, blocks in enumerate([3, 4, 6, 3]):
        for block in range(blocks):
            x = bottleneck(x, 8 * 2**stage, 2 if stage and not block else 1, project=not block)
        n["res%d" % (stage + 2)] = x
    n.pool = L.Pooling(x, pool=P.Pooling.AVE, global_pooling=True)
    n.score = L.InnerProduct(n.pool, num_output=10)
    n.loss = L.SoftmaxWithLoss(n.score, n.label)
    return n


@script
def fcn_with_crops(NetSpec, L, P):
    n = spec(NetSpec, L, shape=(1, 3, 64, 64))
    n.label = L.DummyData(shape=dict(dim=[1, 1, 64, 64]))

    def conv(bottom, outputs, pad=1):
        made = L.Convolution(
            bottom,
            kernel_size=3,
            num_output=outputs,
            pad=pad,
            param=[dict(lr_mult=1, decay_mult=1), dict(lr_mult=2, decay_mult=0)],
        )
        return made, L.ReLU(made, in_place=True)

    def upsample(bottom, kernel, stride):
        return L.Deconvolution(
            bottom,
            convolution_param=dict(num_output=21, kernel_size=kernel, stride=stride, bias_term=False),
            param=[dict(lr_mult=0)],
        )

    n.conv1, n.relu1 = conv(n.data, 8, pad=20)
    n.pool1 = L.Pooling(n.relu1, kernel_size=2, stride=2)
    n.conv2, n.relu2 = conv(n.pool1, 16)
    n.pool2 = L.Pooling(n.relu2, kernel_size=2, stride=2)
    n.conv3, n.relu3 = conv(n.pool2, 32)
    n.pool3 = L.Pooling(n.relu3, kernel_size=2, stride=2)
    n.conv4, n.relu4 = conv(n.pool3, 32, pad=0)
    n.score_fr = L.Convolution(n.relu4, num_output=21, kernel_size=1)
    n.upscore2 = upsample(n.score_fr, 4, 2)
    n.score_pool2 = L.Convolution(n.pool2, num_output=21, kernel_size=1)
    n.score_pool2c = L.Crop(n.score_pool2, n.upscore2, crop_param=dict(axis=2, offset=1))
    n.fuse = L.Eltwise(n.upscore2, n.score_pool2c, operation=P.Eltwise.SUM)
    n.upscore = upsample(n.fuse, 8, 4)
    n.score = L.Crop(n.upscore, n.data, axis=2, offset=[18, 18])
    n.loss = L.SoftmaxWithLoss(n.score, n.label, loss_param=dict(normalize=False, ignore_label=255))
    return n


@script
def unet(NetSpec, L, P):
    n = spec(NetSpec, L, shape=(1, 1, 92, 92))
    n.label = L.DummyData(shape=dict(dim=[1, 1, 4, 4]))
    filler = dict(type="msra")

    def convs(bottom, level, outputs):
        for step in ("a", "b"):
            name = "d%d%s" % (level, step)
            n["conv_" + name] = L.Convolution(bottom, num_output=outputs, kernel_size=3, weight_filler=filler)
            n["relu_" + name] = bottom = L.ReLU(n["conv_" + name], in_place=True)
        return bottom

    skips, x = [], n.data
    for level in range(3):
        x = convs(x, level, 4 * 2**level)
        skips.append(x)
        x = L.Pooling(x, pool=P.Pooling.MAX, kernel_size=2, stride=2)
    x = L.Dropout(convs(x, 3, 32), dropout_ratio=0.5, include=dict(phase=0), in_place=True)
    for level, offset in ((2, 4), (1, 16), (0, 40)):
        up = L.Deconvolution(
            x, convolution_param=dict(num_output=4 * 2**level, kernel_size=2, stride=2, weight_filler=filler)
        )
        cropped = L.Crop(skips[level], up, axis=2, offset=[offset, offset])
        x = convs(L.Concat(L.ReLU(up, in_place=True), cropped, axis=1), 10 + level, 4 * 2**level)
    n.score = L.Convolution(x, num_output=1, kernel_size=1, weight_filler=filler)
    n.loss_opt = L.Python(
        n.score,
        n.label,
        name="loss",
        python_param=dict(module="loss_layers", layer="CustomSigmoidCrossEntropyLossLayer"),
        include=dict(phase=0),
        loss_weight=1,
    )
    return n
