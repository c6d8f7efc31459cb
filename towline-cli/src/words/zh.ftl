# 简体中文。
# 每条文本占一行：换行会变成空格。

prefix-error = 错误:
prefix-meaning = 含义:
prefix-hint = 提示:
prefix-warning = 警告:
prefix-alarm = 严重警告:
prefix-status = 状态:
prefix-command = 命令:
prefix-response = 响应:

resolving = 正在解析 { $host } 的地址
connecting = 正在连接 { $address }...
awaiting-welcome = 连接已建立，正在等待欢迎消息...
initializing-tls = 正在初始化 TLS...
verifying-certificate = 正在验证证书...
tls-established = TLS 连接已建立 ({ $protocol }, { $cipher })
logged-in = 已登录
retrieving-listing = 正在读取目录列表...
retrieving-listing-of = 正在读取“{ $path }”的目录列表...
listing-successful = 目录列表读取成功
listing-of-successful = “{ $path }”的目录列表读取成功
data-in-clear-text = 数据连接未加密（明文）
data-connection = 数据连接{ $session ->
        [control] 已复用控制连接的 TLS 会话
        [data] 已复用先前数据连接的 TLS 会话
        [resumed] 已复用 TLS 会话
        [none] 未复用 TLS 会话：没有可用的会话
       *[refused] 未复用 TLS 会话：已提出复用，但服务器未接受
    } ({ $protocol }, { $cipher }, { $certificate ->
        [same] 证书与控制连接相同
       *[other] 证书与控制连接不同
    })
starting-download = 开始下载 { $path }
starting-upload = 开始上传 { $path }
data-refused = 数据连接被拒绝: { $reason }
trying-again = 再次尝试: { $step }
another-ticket = 改用另一张会话票据
new-connection = 打开新的控制连接
new-connection-tls12 = 用 TLS 1.2 打开新的控制连接
waiting-to-retry = 等待重试...（{ $seconds } 秒后进行第 { $attempt } 次尝试）
greeting-late = 正在等待欢迎消息: 服务器已有 { $seconds } 秒没有发送任何内容
stray-reply = 在对 { $command } 的回复之前收到不属于任何命令的回复，已忽略: { $reply }
waiting-for-address = 仍在查找 { $what } 的地址
waiting-for-connection = 仍在连接 { $what }
waiting-for-tls = 仍在 TLS 握手中等待服务器
waiting-for-reply = 仍在等待对 { $what } 的回复
waiting-for-listing = 仍在等待列表结束（{ $what }）
waiting-for-data = 仍在等待: 已有 { $seconds } 秒没有数据移动（{ $what }）
downgrading = 服务器不接受使用 TLS 1.3 的数据连接，因此改试 TLS 1.2；途中的攻击者也能造成这种情况，--tls-min 1.3 可以排除
downgrading-by-own-choice = 没有数据连接能恢复 TLS 1.3 会话，而本程序不使用未恢复会话的数据连接，因此改试 TLS 1.2；途中的攻击者也能造成这种情况，--tls-min 1.3 可以排除
clear-text = 明文传输: { $reason }
trusted-on-first-use = 首次使用，信任 { $server }: { $fingerprint }
trusted-on-first-use-issued = 首次使用，信任 { $server }: { $fingerprint }，由 { $issuer } 颁发

what-it-means = 含义
why = 原因
what-to-do = 解决办法
with-towline = 使用 towline 时
where-the-fault-lies = 问题出在哪一方
for-the-administrator = 供服务器管理员参考
also-points-to = 这段文本还可能表示：
part = { $title }：{ $text }
side-server = 服务器或其设置
side-client = 发起连接的程序或其设置
side-network = 双方之间的网络
side-account = 服务器上的账户
side-computer = 本机
nothing-known = 无法识别这段文本；请提供完整的堆栈跟踪，或其前后的服务器响应，或使用 towline doctor
only-the-code = 无法识别这段文字。仅从响应代码（{ $code }，{ $source }）看，其含义是：{ $meaning }。

doctor-logs-in = 正在检查 { $server }：doctor 最多登录 { $count } 次。
doctor-stays-out = 正在检查 { $server }：没有用户名或密码，因此 doctor 不登录。
doctor-lists = 只列目录，不做任何更改。
doctor-writes = 会在 { $directory } 之下写入文件，并在结束时删除。
doctor-takes-long = 检查各项上限最多还需要五分钟。

verdict-good = 正常
verdict-warning = 警告
verdict-failed = 失败
verdict-skipped = 跳过

diagnosis = 诊断
everything-works = 所有检查项目均正常。
works-with-warnings = 均可正常工作；有 { $count } 个步骤出现警告。
steps-failed = 有 { $count } 个步骤失败。
severity-note = 说明
severity-warning = 警告
severity-error = 错误
for-config-file = 可写入 config.toml 的设置

explain-left-out = 文本很长：开头与结尾之间有 { $size } 未读取

hint-file-to-explain = 若要解释文件的内容，请通过标准输入提供：towline explain < FILE
hint-resume = 在同一命令后加上 --resume 即可从中断处继续
hint-already-exists = 若要替换目标文件，请去掉 --no-clobber
hint-another-way = 服务器可能以另一种方式启动 TLS：ftpes:// 在端口 21 上用命令启动，ftps:// 在端口 990 上立即启动；-vv 可显示完整对话
hint-timeout = 服务器没有应答，或被防火墙阻断；--timeout 可延长等待时间，-vv 可显示停在哪一步
hint-paths-of-site = 路径相对于站点的 path；SITE:/path 为绝对路径
hint-paths = 路径相对于登录目录；ftpes://host//path 为绝对路径
hint-target-changed = 重试之前请先检查该文件：它已被改动，但不完整
hint-safe-to-retry = 最终文件名下没有存入任何内容，可以放心重试
hint-same-end = 最终文件名下没有存入任何内容；再试一次结果也会相同
hint-certificate-changed = 如果服务器的所有者确认了新证书，请运行：{ $command }
hint-reuse-resumed = 数据连接已经复用了会话，服务器却仍然拒绝，因此任何选项都无济于事；管理员可以在服务器日志中查明原因；towline doctor 可检查该服务器
hint-reuse-early = Towline 在每个数据连接上都提出复用会话，而服务器在握手完成之前就拒绝了这个连接，因此任何选项都没有用；原因见服务器日志
hint-reuse-off = 该服务器要求每个数据连接都复用控制连接的 TLS 会话；请去掉 --session-reuse off
hint-reuse-require = --session-reuse require 只接受复用会话的数据连接；如果服务器不要求复用，可改用 auto
hint-reuse-tls13 = 已尝试新的会话票据和新的控制连接；改用 --tls-min 1.2 可同时允许 TLS 1.2，有些服务器只在 TLS 1.2 中复用会话
hint-reuse-tried = 设置所允许的各种补救办法都已尝试；-vv 可显示服务器的响应
hint-reuse-tried-tls13 = 设置所允许的各种补救办法都已尝试；如果此前在这台服务器上复用过 TLS 1.3 会话，就没有尝试 TLS 1.2：--tls-max 1.2 会尝试，towline trust remove HOST:PORT 会忘记对该服务器的了解，之后也会尝试；-vv 可显示服务器的响应
hint-on-data = 控制连接上的 TLS 正常，因此端口和 TLS 方式没有问题；-vv 可显示数据连接上发生了什么
hint-proxy-closed = 代理的地址上没有服务在监听；请检查 --proxy
hint-refused-after-login = 服务器此前接受过连接，现在拒绝了这个连接；请稍后再试
hint-data-port-closed = 登录正常，因此主机和端口没有问题；防火墙可能拦截了服务器的被动端口，--active 可反向连接
hint-data-in-clear = 服务器已同意使用 TLS（PROT P），却以明文发送；必须由服务器的所有者改正；-vv 可显示完整对话

# 响应代码本身的含义。

code-332 = 服务器除用户名和密码外还要求 account（ACCT）
code-421 = 服务器关闭了控制连接，或服务不可用
code-425 = 无法打开数据连接
code-426 = 数据连接被关闭，传输提前结束
code-430 = 用户名或密码错误（见于若干服务器）
code-431 = 服务器缺少保护该连接所需的资源
code-434 = 所指定的主机不可用
code-450 = 文件正被占用，或目前无法执行该操作
code-451 = 服务器在操作过程中出错
code-452 = 服务器没有剩余空间
code-500 = 服务器不认识该命令
code-501 = 服务器无法理解该参数
code-502 = 服务器没有实现该命令
code-503 = 命令的顺序不对
code-504 = 服务器没有实现该参数
code-521 = 在这种保护级别（PROT）下无法打开数据连接
code-522 = 服务器要求数据连接使用 TLS 或复用会话，或不支持该网络协议
code-530 = 尚未登录，或登录被拒绝
code-532 = 存储文件需要 account（ACCT）
code-533 = 服务器在这种保护级别下拒绝该命令
code-534 = 服务器的策略不允许：通常是要求使用 TLS，或要求保护数据
code-535 = 安全检查失败
code-536 = 服务器不支持这种保护级别
code-537 = 在这种保护级别下不支持该命令
code-550 = 文件或目录不存在，或不允许使用
code-551 = 页面类型未知
code-552 = 配额已用完
code-553 = 不允许使用该文件名
code-554 = REST 的位置无效
code-555 = 类型或结构有误
code-556 = 该命令不支持这种类型

# 说明。id 与 explain/catalogue 相同。

-no-reuse-pure-ftpd = 无需更改：它从不要求复用会话
-no-reuse-filezilla = 1.x 版：始终要求，没有相应设置；0.9 版：取消勾选 "Require TLS session resumption on data connection when using PROT P"
-no-reuse-iis = 无需更改：它没有这项要求

finding-connection-refused = 该端口上没有服务在监听
    .meaning = 对方主机有应答，但没有服务器在这个端口上接受连接。
    .cause = FTP 服务器没有运行、监听其他端口，或者不提供这种 TLS 方式：端口 990 用于隐式 TLS，端口 21 用于显式 TLS。防火墙也可能拒绝连接。
    .cure = 如果端口 990 被拒绝，请在端口 21 上尝试显式 TLS；反之亦然。否则请向对方询问正确的端口。
    .hint = 该处没有服务在监听：ftps:// 使用端口 990（隐式 TLS），ftpes:// 使用端口 21（显式 TLS）；请确认服务器提供哪一种，以及端口号
    .vsftpd = listen_port=21；或在第二个实例中设置 implicit_ssl=YES 和 listen_port=990
    .proftpd = Port 21；或在 <VirtualHost> 中设置 Port 990 和 TLSOptions UseImplicitSSL
    .pure-ftpd = --bind ,21 或 --bind ,990（990 为隐式 TLS）
    .filezilla = Server listeners：添加端口 21（显式）或 990（隐式 FTP over TLS）
    .iis = 站点绑定：端口 21（显式）或 990（隐式）
    .aws = 只提供端口 21 上的显式 TLS

finding-connect-timed-out = 服务器对连接请求没有应答
    .meaning = 连接既没有被接受，也没有被拒绝：数据包丢失或被丢弃。
    .cause = 防火墙丢弃了数据包，地址有误或是内网地址，或者服务器已停机。
    .cure = 请检查主机名和端口，以及防火墙是否需要放行本机。
    .hint = 请检查主机名和端口；途中可能有防火墙，--timeout 可延长等待时间

finding-connecting-failed = 程序无法连接，这段文本没有说明原因
    .meaning = 没有建立会话。原因在日志的其他行中，或在异常的上一级原因中。
    .cause = 常见原因：主机名或端口有误、防火墙、在隐式 TLS 的端口上使用了显式 TLS（或相反）、证书不受信任，或登录被拒绝。
    .cure = 请粘贴它前面的几行，或完整的堆栈跟踪（包括各级原因）；或用 towline doctor 检查该服务器。

finding-auth-refused = 服务器拒绝显式 TLS
    .meaning = 服务器在这个端口上不认识或不接受 AUTH TLS，因此连接将一直是明文。
    .cause = 服务器没有启用 TLS，或只在另一个端口上启用（隐式 TLS，通常是 990）。检查 FTP 流量的防火墙或代理也可能拦截 AUTH。
    .cure = 请在端口 990 上尝试隐式 TLS。否则须由管理员启用 TLS。不要退回到普通 FTP：密码和所有文件在途中都可被读取。
    .hint = ftps:// 在端口 990 上立即启动 TLS；--tls off 会以明文发送密码和其他一切内容
    .vsftpd = ssl_enable=YES、rsa_cert_file=... 和 rsa_private_key_file=...
    .proftpd = TLSEngine on、TLSRSACertificateFile ... 和 TLSRSACertificateKeyFile ...
    .pure-ftpd = --tls=1（或 2），证书放在 /etc/ssl/private/pure-ftpd.pem
    .filezilla = Server listeners：协议选择 "Require explicit FTP over TLS"
    .iis = FTP SSL 设置：选择证书，并选择“需要 SSL 连接”
    .aws = 创建服务器时选择 FTPS 协议，并使用 ACM 中的证书

finding-implicit-tls-expected = 服务器要求立即启动 TLS
    .meaning = 服务器没有发送欢迎消息，因为它在等待 TLS 握手：这个端口用于隐式 TLS。
    .cause = 客户端使用了显式 TLS（先收欢迎消息，再发 AUTH TLS）。
    .cure = 请在这个端口上使用隐式 TLS，或在端口 21 上使用显式 TLS。
    .hint = 这个端口请使用 ftps://：它立即启动 TLS；ftpes:// 则先用命令启动

finding-clear-text-answered = 应收到 TLS 数据，却收到了明文
    .meaning = 客户端开始了 TLS 握手，服务器却以明文应答。可能是该端口要求显式 TLS（先有欢迎消息），也可能是服务器出错，在 TLS 之外写出了错误信息。
    .cause = 在显式 TLS 的端口（通常是 21）上使用了隐式 TLS，或者应答的根本不是 FTPS 服务器。如果发生在会话中途，通常是 vsftpd 的 "500 OOPS"。
    .cure = 端口 21 请使用显式 TLS（AUTH TLS），端口 990 请使用隐式 TLS。如果发生在之后的阶段，请查看服务器的日志。

finding-closed-during-handshake = 服务器在 TLS 握手期间断开了连接
    .meaning = 连接在 TLS 握手中途被关闭，没有给出原因。如果此前登录和证书都正常，那么这是数据连接，原因在控制连接上的服务器响应中。
    .cause = 如果是数据连接，几乎总是因为服务器要求复用会话（随后会有 450、425 或 522）。如果是第一个连接：双方没有共同的 TLS 版本或密码套件，在显式 TLS 的端口上使用了隐式 TLS，或者防火墙拦截了 TLS。
    .cure = 请查看随后在控制连接上收到的服务器响应（在 Java 中可用 ProtocolCommandListener 显示）。如果与会话有关，请使用能复用会话的客户端。如果是第一个连接，请先检查端口和 TLS 方式，再检查 TLS 版本。
    .hint = 服务器可能以另一种方式启动 TLS（ftpes:// 在端口 21 上用命令启动，ftps:// 在端口 990 上立即启动），也可能没有 Towline 支持的密码套件；-vv 可显示完整对话

finding-tls-unexpected-eof = 连接在 TLS 使用过程中被关闭
    .meaning = 服务器在 TLS 仍在使用时关闭了 TCP 连接。如果发生在刚打开的数据连接上，说明服务器拒绝了它；如果发生在传输结束时，则只是少发了 close_notify。
    .cause = 如果每次列目录或传文件一开始就发生：服务器要求复用会话，而客户端（例如 Python 的 ftplib）没有复用。如果所有数据都已收到：服务器没有按规定结束 TLS。
    .cure = 请查看服务器在控制连接上的下一条响应：450、425 或 522 中出现 "session" 即表示要求复用会话。在 Python 中，请在 ntransfercmd 里把 session=self.sock.session 传给 wrap_socket；或者让程序连接 towline gateway，由它代为复用会话。

finding-tls-failed = TLS 失败，这段文本没有说明原因
    .meaning = TLS 握手或连接失败。原因在日志的其他行中，或在对方一侧。
    .cause = 常见原因：在显式 TLS 的端口上使用了隐式 TLS、证书不受信任、没有共同的版本；如果是数据连接，则是服务器要求复用会话。
    .cure = 请粘贴完整的堆栈跟踪（包括各级原因）以及其前后的服务器响应；或用 towline doctor 检查该服务器。

finding-connection-closed-dotnet = .NET 只报告连接已关闭
    .meaning = “基础连接已经关闭”掩盖了真正的原因。使用 FtpWebRequest 时通常与 TLS 有关：默认版本过旧、证书不受信任，或服务器要求复用会话，而 .NET 做不到。
    .cause = FtpWebRequest 在旧版框架上默认使用 TLS 1.0，只支持显式 TLS，并且不复用控制连接的会话。
    .cure = 请先把 ServicePointManager.SecurityProtocol 设为 Tls12。如果能登录但每次列目录都失败，说明服务器要求复用会话：请让程序连接 towline gateway，由它代为复用会话。

finding-no-common-tls-version = 客户端与服务器没有共同的 TLS 版本
    .meaning = 客户端允许的 TLS 版本，服务器一个也不支持。
    .cause = 服务器过旧（只有 TLS 1.0 或 1.1），或者其中一方被限制为另一方没有的版本。
    .cure = 管理员应启用 TLS 1.2 或 1.3。1.2 之前的版本已不安全，Towline 不支持。
    .hint = --tls-min 与 --tls-max 之间的 TLS 版本，服务器一个也不支持
    .vsftpd = ssl_tlsv1_2=YES（3.0.4 及以上版本；3.0.3 用 ssl_tlsv1=YES 即可包括它）
    .pure-ftpd = TLSCipherSuite HIGH，并使用支持 TLS 1.2 的 OpenSSL
    .filezilla = 只有 TLS 1.0 的 0.9 版：升级到 1.x 版
    .iis = 为 Schannel 启用 TLS 1.2（注册表 Protocols\TLS 1.2\Server，Enabled=1）
    .aws = 选择包含 TLS 1.2 的安全策略

finding-protection-refused = 服务器拒绝受保护的数据连接
    .meaning = 服务器不接受 PBSZ 0 或 PROT P，因此文件将以明文传输。
    .cause = 服务器只允许控制连接使用 TLS，或要求先发 PBSZ 再发 PROT。
    .cure = 管理员必须允许受保护的数据连接。
    .hint = 服务器的所有者必须允许受保护的数据连接（PROT P）
    .proftpd = TLSRequired on（不要用 ctrl 或 !data）
    .pure-ftpd = --tls=3 要求两种连接都使用 TLS
    .iis = FTP SSL 设置，自定义：数据通道选“允许”或“需要”

finding-data-must-be-encrypted = 服务器要求数据连接加密
    .meaning = 客户端请求了不加密的数据连接，服务器拒绝。
    .cause = 客户端登录后没有发送 PBSZ 0 和 PROT P，或发送了 PROT C。
    .cure = 让客户端在登录后发送 PBSZ 0 和 PROT P（Commons Net：execPBSZ(0)、execPROT("P")；Python：prot_p()）。接下来的错误可能与会话复用有关。

finding-certificate-unknown-issuer = 证书的颁发者不受信任
    .meaning = 连接已加密，但无法证明对方就是正确的服务器。
    .cause = 证书是自签名的或由私有机构颁发，或者服务器没有发送中间证书。
    .cure = 请通过另一渠道向服务器的所有者索取指纹。如果一致，请固定（pin）该证书，或把颁发者加入受信任列表。切勿关闭验证。管理员可以发送完整的证书链，或使用公共机构颁发的证书。
    .hint = 如果服务器的所有者确认了证书的指纹，请使用 { $pin }，或把该证书（或其颁发者的证书）存为 PEM 并使用 --ca-file

finding-certificate-wrong-name = 证书属于另一个名称
    .meaning = 证书中没有所使用的主机名或地址。
    .cause = 用别的名称或 IP 地址访问了服务器，证书是为另一个名称签发的，或者客户端拿数据连接去比对 PASV 的地址。
    .cure = 请用证书中的名称连接。管理员可以签发一张在 subject alternative name 中含有正确名称的证书。
    .hint = 请用证书所属的名称连接；如果服务器的所有者确认了证书的指纹，{ $pin } 可按密钥信任它，不论名称

finding-certificate-expired = 证书已过期，或尚未生效
    .meaning = 按本机时钟，该证书现在无效。
    .cause = 没有及时续期，或者时钟不准。
    .cure = 管理员必须更新证书并重启服务器。
    .hint = 请检查本机时钟；如果正确，服务器的所有者必须更新证书；在此之前 { $pin } 可按密钥信任该服务器

finding-login-refused = 服务器拒绝了用户名或密码
    .meaning = 连接正常。服务器不接受这个用户与密码的组合。
    .cause = 用户名或密码错误，账户被锁定、已过期或不允许从本地址登录，或者服务器不接受该账户的 shell。
    .cure = 请检查两者，且不要反复尝试：许多服务器会锁定账户。请向服务器的所有者询问该账户是否可以从本地址使用 FTP。
    .hint = 请检查 URL 中的用户名和密码的来源（towline --help 按顺序列出各来源）
    .vsftpd = local_enable=YES；检查 userlist_file、/etc/ftpusers 和 /etc/shells
    .proftpd = RequireValidShell off（如果账户的 shell 不在 /etc/shells 中）
    .iis = FTP 身份验证：启用“基本”；FTP 授权规则：允许该用户

finding-tls-required = 服务器要求使用 TLS
    .meaning = 客户端试图在没有 TLS 的情况下登录或操作。服务器只允许在 TLS 中进行。
    .cause = 客户端使用普通 FTP 连接，或在 AUTH TLS 之前就发送了 USER。
    .cure = 请把客户端改为显式 TLS（FTPS、AUTH TLS）。如果密码已经以明文发送过，请更换密码。
    .hint = 服务器要求 TLS；请使用 ftpes:// 并去掉 --tls off，或在端口 990 上使用 ftps://
    .vsftpd = 提出该要求的是 force_local_logins_ssl=YES
    .proftpd = 提出该要求的是 TLSRequired on
    .pure-ftpd = 提出该要求的是 --tls=2
    .filezilla = 提出该要求的是 Server listeners 中的协议 "Require explicit FTP over TLS"
    .iis = 提出该要求的是 FTP SSL 设置中的“需要 SSL 连接”
    .aws = 无需更改：使用 FTPS 协议的服务器始终要求 TLS

finding-data-port-unreachable = 无法连接服务器的数据端口
    .meaning = 登录正常，但用于列表和文件的连接打不开。
    .cause = 服务器前面的防火墙没有放行被动端口，或者服务器通告的地址从这里无法到达。由于 FTPS 把端口号藏在 TLS 之内，防火墙无法自动开放这些端口。
    .cure = 管理员必须固定被动端口的范围，在防火墙中开放，并设置公网地址。如果没有东西拦截传入连接，从本机可以尝试主动模式。
    .hint = 服务器的被动端口似乎被防火墙拦截，须由其管理员开放；--active 以相反方向连接
    .vsftpd = pasv_address=公网地址, pasv_min_port=50000, pasv_max_port=50100；并在防火墙中开放
    .proftpd = MasqueradeAddress 公网地址，PassivePorts 50000 50100；并在防火墙中开放
    .pure-ftpd = --forcepassiveip 公网地址 --passiveportrange 50000:50100
    .filezilla = FTP server，Passive mode：公网地址，以及防火墙已开放的端口范围
    .iis = FTP 防火墙支持：数据通道端口范围和外部 IP 地址
    .aws = 在 --protocol-details 中设置 PassiveIp；在安全组中开放端口 8192 到 8200

finding-active-refused = 服务器拒绝主动模式
    .meaning = 客户端要求服务器连接过来（PORT 或 EPRT），服务器拒绝。
    .cause = 服务器关闭了主动模式，或者 PORT 中的地址与服务器看到的不同：位于地址转换（NAT）之后的客户端会通告其内网地址。
    .cure = 请使用被动模式（Commons Net：enterLocalPassiveMode()）。
    .hint = 默认即为被动模式；请去掉 --active
    .proftpd = AllowForeignAddress on 可允许其他地址，但有风险

finding-session-reuse-required = 服务器要求复用 TLS 会话
    .meaning = 服务器拒绝了数据连接，因为在它看来，该连接没有复用控制连接的 TLS 会话。登录和证书都没有问题。
    .cause = FTP 为每次列目录和每个文件另开一个连接。服务器要求这个连接使用同一个 TLS 会话，以确保没有他人抢占它。客户端却用新的会话，或用另一次登录的会话打开了它。Java（Apache Commons Net、Spring Integration）、.NET、Python 的 ftplib 等都是如此。
    .cure = 请使用在每个数据连接上都复用控制连接会话的客户端；Towline 默认如此。无法修改的程序可以通过 towline gateway 连接，由它代为复用会话。在 Java 中，Commons Net 需要一个 FTPSClient 的子类，在 _prepareDataSocket_ 中把会话复制到 JSSE 缓存；这只适用于 TLS 1.2，而且自 JDK 8u161 起还需要 -Djdk.tls.useExtendedMasterSecret=false。在 Python 中，请在 ntransfercmd 里设置 ssl.SSLSocket 的 session。服务器管理员可以取消这项要求，但数据连接会更容易被窃取。
    .pure-ftpd = { -no-reuse-pure-ftpd }
    .filezilla = { -no-reuse-filezilla }
    .iis = { -no-reuse-iis }

finding-resumed-session-refused = 服务器拒绝了已复用会话的数据连接
    .meaning = 数据连接已按服务器的要求复用了控制连接的 TLS 会话，服务器却仍然拒绝。
    .cause = 服务器比对会话的方法有误、过早忘记会话，或各进程之间没有共享会话；负载均衡器把数据连接引到了另一台机器；或者拒绝另有原因，与响应中所说的不同。
    .cure = 客户端对此无能为力。请把这份诊断发给管理员：可以在服务器日志中查明原因、共享会话缓存，或取消这项要求。
    .pure-ftpd = { -no-reuse-pure-ftpd }
    .filezilla = { -no-reuse-filezilla }
    .iis = { -no-reuse-iis }

finding-data-connection-dropped = 服务器在 TLS 握手期间丢弃了数据连接
    .meaning = 数据连接在传输开始之前就被拒绝或被遗忘。如果它的 TLS 握手刚刚结束或失败，说明服务器要求复用会话，而客户端没有复用。
    .cause = 如果没有复用会话的数据连接在命令处理期间失败，FileZilla Server 就会这样应答。其他服务器在以下情况发送它：客户端没有发送 PORT、PASV 或 EPSV，或在加密的控制连接上请求了不受保护的数据（PROT C，或没有 PROT）。
    .cure = 请使用在数据连接上复用 TLS 会话、并在登录后发送 PBSZ 0 和 PROT P 的客户端。如果客户端没有这些问题，请确认它在每次传输前都发送 PASV 或 EPSV。
    .pure-ftpd = { -no-reuse-pure-ftpd }
    .filezilla = { -no-reuse-filezilla }
    .iis = { -no-reuse-iis }

finding-nothing-to-resume = 服务器没有发送任何可供复用的内容
    .meaning = 服务器既没有发送 TLS 会话票据，也没有发送会话标识，因此任何数据连接都无法复用会话。
    .cause = 服务器关闭了票据和会话缓存，或其 TLS 库没有配置它们（使用 TLS 1.3 的 Pure-FTPd 1.0.50）。
    .cure = 如果服务器接受，就使用完整握手的数据连接；或请管理员启用会话票据或会话缓存。
    .proftpd = TLSSessionCache shm:/file=/var/run/proftpd/sesscache，以及 TLSSessionTickets on；或 TLSOptions NoSessionReuseRequired
    .vsftpd = 如果无法让它发送，则设 require_ssl_reuse=NO
    .pure-ftpd = 1.0.51 及以上版本会重新发送票据

finding-offered-session-refused = 服务器不复用它自己的 TLS 会话
    .meaning = 客户端提出复用该服务器先前给出的会话，服务器却以完整握手应答。没有数据连接能复用会话。
    .cause = 服务器为每个连接重新设置 TLS（例如 ftp-srv），或者它的各进程之间没有共享票据密钥。
    .cure = 如果服务器接受，就使用完整握手的数据连接（Towline 即如此）；或请管理员让各连接共享密钥或会话缓存。
    .vsftpd = 如果无法让它复用，则设 require_ssl_reuse=NO
    .proftpd = TLSSessionCache shm:/file=/var/run/proftpd/sesscache，或 TLSOptions NoSessionReuseRequired
    .filezilla = 升级到版本 1，它为每个数据连接发放票据

finding-session-reuse-unproven = 不清楚服务器是否要求复用会话
    .meaning = 没有上传任何内容。要求复用会话的服务器会在拒绝数据之前创建或清空要存储的文件。
    .cause = 到目前为止没有数据连接复用过会话，而能说明服务器态度的列目录操作被拒绝了。
    .cure = 请给该账户列目录的权限，或告诉程序服务器如何处理。
    .hint = 如果服务器不要求复用会话，--session-reuse off 无需该证明即可上传；如果它支持复用，--session-reuse require 会以临时文件名上传，因此不能与 --no-temp 同用

finding-session-reuse-required-here = 数据连接没有复用会话，被 --session-reuse require 拒绝
    .meaning = 服务器本会接受这个数据连接，但本程序的设置不接受。
    .cause = 服务器没有复用任何会话，而 --session-reuse 设为 require。
    .cure = 除非您的规定要求复用，否则请使用 --session-reuse auto。

finding-java-session-cache-closed = 无法通过反射访问 Java 的会话缓存
    .meaning = 众所周知的变通办法是把控制连接的会话放进 JDK 的一个私有字段。这个 JDK 不允许这样做，或者该会话无法复用。
    .cause = 自 JDK 16 起，java.base 不再开放 sun.security.ssl。自 JDK 8u161 起，扩展主密钥（extended master secret）还把会话与其所属的连接绑定。JDK 7 和 8 保存会话所用的名称不同（主机名或地址），因此副本可能存放在错误的键下。
    .cure = 启动 Java 时加上 --add-opens java.base/sun.security.ssl=ALL-UNNAMED --add-opens java.base/sun.security.util=ALL-UNNAMED -Djdk.tls.useExtendedMasterSecret=false -Djdk.tls.client.protocols=TLSv1.2，并同时用主机名和地址保存会话；或者让程序连接 towline gateway，由它代为复用会话。

finding-session-reuse-full-handshake = 这里的数据连接不需要复用会话
    .meaning = 服务器接受了没有复用会话的数据连接。
    .cause = 该服务器不要求复用会话。
    .cure = 无需更改。能复用会话的客户端更快，其数据连接也更难被窃取。

finding-session-reuse-demanded = 服务器要求复用会话，且复用正常
    .meaning = 服务器只接受复用控制连接 TLS 会话的数据连接，拒绝其他一切数据连接。不复用会话的客户端在登录之后会失败。
    .cause = 服务器设置了这项要求，以防数据连接被窃取。
    .cure = 请使用能复用会话的客户端。做不到的客户端可以通过 towline gateway 连接；管理员也可以取消这项要求。
    .pure-ftpd = { -no-reuse-pure-ftpd }
    .filezilla = { -no-reuse-filezilla }
    .iis = { -no-reuse-iis }

finding-utf8-refused = 服务器没有声明支持 UTF-8
    .meaning = 含有非 ASCII 字符的文件名可能会出错。
    .cause = 服务器过旧，或使用其他字符集。
    .cure = 请设置该服务器的字符集。
    .hint = --charset 可指定服务器的字符集

finding-host-not-found = 主机名不存在
    .meaning = 找不到这个名称的地址。
    .cause = 拼写有误，或只有内部的域名服务器才知道这个名称。
    .cure = 请检查拼写。如果在公司内部，请检查 VPN 和域名服务器。
    .hint = 请检查主机名的拼写

finding-host-unreachable = 没有到达服务器的路由
    .meaning = 网络不通往这个地址。
    .cause = 没有网络、没有连接 VPN、地址有误，或 IPv6 不可用。
    .cure = 请检查网络和地址。
    .hint = 请检查网络、VPN 和地址

finding-reply-timed-out = 服务器没有响应
    .meaning = 连接已打开，但在时限内没有收到任何内容。
    .cause = 服务器过载或卡住，要求立即启动 TLS（隐式），或者防火墙已忘记这个空闲的连接。
    .cure = 请延长等待时间；如果没有收到欢迎消息，请尝试隐式 TLS；如果发生在长时间传输之后，请参阅 control-connection-forgotten。

finding-connection-lost = 连接中断
    .meaning = 工作完成之前，连接被关闭或重置。
    .cause = 服务器或防火墙结束了连接，或网络出现故障。如果是刚打开的数据连接，可能是服务器拒绝了它：控制连接上的响应会说明原因。
    .cure = 请查看服务器的最后一条响应。请重试；如果总在同一处中断，请查看服务器的日志。

finding-vsftpd-oops = vsftpd 因自身的错误而停止
    .meaning = vsftpd 用 "500 OOPS" 结束了会话。TLS 启动之后，它以明文写出这一行，使连接中断。
    .cause = vsftpd.conf 有误、目录权限有误，或数据连接上的 TLS 握手失败。
    .cure = 请阅读 OOPS 这一行的其余部分：它指出了问题。如果是 "refusing to run with writable root inside chroot()"，请去掉登录目录的写权限。如果是握手失败，请参阅 session-reuse-required。
    .vsftpd = allow_writeable_chroot=YES（如果 OOPS 一行说的是可写的根目录）

finding-no-common-cipher-suite = 客户端与服务器没有共同的密码套件
    .meaning = 双方都使用 TLS，但没有共同的密码套件、密钥交换组或签名算法。
    .cause = 服务器只允许旧的套件（RC4、3DES、CBC、静态 RSA、过小的 DH 组），或只允许极少数新的套件；也可能是证书的密钥不常见（Ed448、RSA-PSS、secp256k1）。
    .cure = 管理员应允许 ECDHE 与 AES-GCM 或 ChaCha20-Poly1305，以及曲线 X25519、P-256 或 P-384，并使用 RSA、ECDSA 或 Ed25519 密钥的证书。
    .hint = 服务器的所有者必须允许 Towline 支持的内容：ECDHE 与 AES-GCM 或 ChaCha20-Poly1305，以及曲线 X25519、P-256 或 P-384，并使用 RSA、ECDSA（P-256、P-384）或 Ed25519 密钥的证书

finding-close-notify-missing-from-server = 服务器结束数据时没有发送 close_notify
    .meaning = 服务器没有结束 TLS 就关闭了 TCP 连接。这样，TLS 无法区分完整的文件和被截断的文件。
    .cause = 较旧的服务器和 Windows 上的许多服务器省略了它。
    .cure = 请像 Towline 那样比较大小或校验和。不要让客户端忽略两者的区别。

finding-close-notify-missing-from-client = 客户端没有正确结束 TLS
    .meaning = 数据连接没有发送 close_notify 就被关闭，因此服务器认为数据被截断。
    .cause = 客户端立即关闭套接字，或没有读取会话票据，于是系统重置连接，销毁仍在途中的数据。
    .cure = 请使用会发送 close_notify 并等待服务器关闭的客户端。服务器上的文件可能不完整：请比较大小。
    .vsftpd = strict_ssl_read_eof=NO 会接受这样的上传，但也会接受被截断的上传

finding-data-connection-left-open = 服务器不关闭数据连接
    .meaning = 服务器宣布传输完成，却没有关闭数据连接。等待连接结束的客户端会一直等到超时。
    .cause = 服务器的缺陷。
    .cure = 这里无需更改：Towline 会在一段时间后继续，并比较大小。管理员应更新服务器。

finding-refused-for-now = 服务器暂时拒绝该操作
    .meaning = 服务器目前不执行此操作，稍后可能会执行。
    .cause = 其他进程正在使用该文件或目录，或服务器自身遇到困难。
    .cure = 请查看服务器的响应，稍后重试。

finding-transfer-broken-off = 服务器中断了传输
    .meaning = 服务器没有开始传输数据，或以错误结束了它。文件或列表不完整。
    .cause = 连接中断、磁盘或配额已满、达到某项上限，或其他进程更改了文件。
    .cure = 请查看服务器的响应和日志。请重试；--resume 可从中断处继续。

finding-alpn-on-data-connection = 数据连接上的 ALPN 不正确
    .meaning = 客户端在控制连接上声明了协议 x-filezilla-ftp，就必须在每个数据连接上声明 ftp-data。
    .cause = FileZilla Server 把两者绑定在一起。vsftpd 3.0.4 及以上版本在客户端提供的 ALPN 中没有 ftp 时，会以警报结束握手。
    .cure = 不要提供 ALPN，或只提供 ftp。Towline 即如此。

finding-certificate-differs-on-data = 数据连接出示了另一张证书
    .meaning = 无法证明在数据连接上应答的就是该服务器。
    .cause = 负载均衡器把数据连接引到了另一台机器，或者有人抢占了连接。
    .cure = 管理员必须把同一客户端的两种连接引到同一台服务器，或在所有服务器上使用同一张证书。

finding-passive-refused = 服务器拒绝被动模式
    .meaning = 服务器没有给出数据连接的端口。
    .cause = 被动模式已关闭、端口范围内没有空闲的端口，或者在 IPv6 上使用了 PASV。
    .cure = 在 IPv6 上请使用 EPSV。否则管理员必须允许被动模式，并提供足够的端口。
    .hint = --active 以相反方向连接，前提是服务器和防火墙允许

finding-passive-address-private = PASV 通告的地址无法到达
    .meaning = PASV 响应中的地址是内网地址、为空，或不是该服务器的地址。Towline 忽略它，并直接连接服务器；许多客户端不会这样做，因而卡住。
    .cause = 服务器位于地址转换（NAT）之后，不知道自己的公网地址。
    .cure = 请在服务器上设置公网地址，或使用会忽略该地址或使用 EPSV 的客户端。

finding-stray-reply = 服务器发送了不属于任何命令的回复
    .meaning = 服务器发送的回复多于收到的命令。如果客户端把这样的回复当作对下一条命令的回复，之后的所有回复都会错位。Towline 会忽略没有传输在等待的 226；遇到其他这样的回复则放弃该连接。
    .cause = 服务器有缺陷：它常常把传输结束的消息发送两次，或者发送得太晚。
    .cure = 使用 Towline 无需更改。对于其他客户端，须由服务器的管理员或开发商修复；对话（-vv）会显示这些回复。

finding-ticket-serves-once = 服务器只发送一张会话票据，并且只接受一次
    .meaning = 第一条数据连接用掉了服务器发送的唯一一张 TLS 1.3 票据。第二条使用同一票据的连接没有恢复会话，因此之后的所有数据连接都会被拒绝，或需要完整握手。
    .cause = 服务器自己保存会话，使用一次后即忘记，并且不在数据连接上发送新的票据。
    .cure = 管理员必须让服务器发送更多票据，或多次接受同一票据。使用 TLS 1.2 时，一个会话可以使用任意多次。
    .hint = --tls-max 1.2 让所有数据连接恢复同一个会话

finding-complete-without-data = 服务器在没有数据连接的情况下声称传输完成
    .meaning = 服务器回答传输已完成（226），却没有打开数据连接，或没有在其上开始 TLS。没有传输任何数据。
    .cause = 服务器有缺陷，或前面的设备代替它作了回答。有些服务器对无法读取的文件或目录会这样回答。
    .cure = 须由服务器的管理员或开发商修复；对话（-vv）会显示这些回复。
    .hint = 请用其他方式查看该文件；--active 以相反方向打开数据连接

finding-epsv-refused = EPSV 被拒绝或不起作用
    .meaning = 服务器的新式被动模式命令失败；PASV 可用。在 IPv6 上没有 PASV。
    .cause = 服务器过旧，或防火墙干扰了 EPSV。
    .cure = 这里无需更改：Towline 会改用 PASV，并记住这一点。

finding-active-blocked = 服务器无法连接到本机
    .meaning = 在主动模式下由服务器打开数据连接，但连接没有到达。
    .cause = 本机前面的防火墙或地址转换（NAT）。
    .cure = 请使用被动模式（Commons Net：enterLocalPassiveMode()；Windows 的 ftp.exe 没有被动模式）。
    .hint = 防火墙可能阻止服务器连接本机；--passive 以相反方向连接

finding-not-found = 服务器上没有这个文件或目录
    .meaning = 那里没有这个名称，或该账户无权查看。
    .cause = 路径有误（是否相对于登录目录）、大小写不符，或没有权限。
    .cure = 请列出上级目录并比对。

finding-permission-denied-by-server = 服务器拒绝该操作
    .meaning = 登录正常，但该账户不能在这里执行此操作，或服务器不允许。
    .cause = 文件或目录的权限、只读的服务器，或对文件名的限制。
    .cure = 请换一个目录，或向服务器的所有者申请权限。
    .pure-ftpd = 如果需要替换文件，不要使用 --keepallfiles 和 --nochmod
    .filezilla = Users，Mount points：访问方式 Read + Write
    .iis = FTP 授权规则：读取和写入；以及 NTFS 权限
    .aws = 用户的 IAM 角色：s3:PutObject、s3:DeleteObject

finding-refused-without-reason = 服务器拒绝该操作，且没有说明原因
    .meaning = 目录或文件没有被创建或删除。该响应可能有多种原因。
    .cause = 要删除的目录不为空；要创建的名称已存在，或其上级目录不存在；要删除的文件是目录或不存在；或该账户没有权限。
    .cure = 请列出上级目录并比对。原因在服务器的日志中。

finding-directory-not-empty = 目录不为空
    .meaning = 只有空目录才能这样删除。
    .cause = 其中有文件或目录。列表可能不显示其中一些，例如以点开头的名称。
    .cure = 如果没有人需要其中的内容，请先删除。
    .hint = towline rm -r 删除目录及其内容

finding-is-a-directory = 该路径是目录
    .meaning = 该操作用于文件，而该路径是目录，或不是普通文件。
    .cause = 有目录使用该名称，或路径中缺少文件名。
    .cure = 请指定文件，或使用针对目录的命令。
    .hint = get -r、put -r 和 rm -r 用于目录，rmdir 删除空目录

finding-session-ended = 服务器结束了会话
    .meaning = 服务器响应 421：它关闭控制连接，或服务不可用。
    .cause = 会话空闲过久、服务器正在停机，或达到了上限。
    .cure = 请重新连接。如果是空闲会话，请在服务器的时限内操作，或提高时限。
    .hint = 请重新连接；421 之后的文字说明服务器为什么结束了会话
    .filezilla = Protocols settings：超时

finding-too-many-connections = 连接过多
    .meaning = 服务器对连接总数、每个用户或每个地址的连接数有限制。
    .cause = 其他程序正在连接、客户端同时打开了多个连接，或已失效的会话仍被计算在内。
    .cure = 请减少连接数，并按规定关闭连接。请等待服务器忘记已失效的会话。
    .hint = --connections 可限制本程序打开的连接数；请稍后再试
    .filezilla = Users：最大会话数
    .iis = 站点的高级设置：最大连接数

finding-other-port-works = TLS 以另一种方式启动，或在另一个端口上
    .meaning = 所用的端口或方式不起作用，而另一个常用的端口有应答。
    .cause = 服务器提供隐式 TLS，客户端却使用了显式 TLS，或者相反。
    .cure = 请使用下面 [site] 部分中的地址。

finding-other-port-open = 另一个 FTPS 端口也有应答
    .meaning = 端口 21 用于显式 TLS，端口 990 用于隐式 TLS。两者都可以使用。
    .cause = 服务器在两个端口上监听。
    .cure = 无需更改。

finding-only-auth-ssl = 服务器接受 AUTH SSL，拒绝 AUTH TLS
    .meaning = TLS 用一个 RFC 4217 中已不存在的命令启动。只发送 AUTH TLS 的客户端会认为该服务器没有 TLS。
    .cause = 服务器过旧。
    .cure = 这里无需更改：Towline 会尝试两者。管理员应更新服务器。

finding-pbsz-refused = 服务器拒绝 PBSZ，但仍保护数据连接
    .meaning = RFC 4217 要求在 PROT 之前发送 PBSZ。坚持这一点的客户端会失败。
    .cause = 服务器的缺陷。
    .cure = 这里无需更改：Towline 只看对 PROT P 的响应。

finding-old-tls-offered = 服务器仍接受 TLS 1.0 或 1.1
    .meaning = 客户端可能被诱导使用已不安全的 TLS 版本（RFC 8996）。
    .cause = 服务器的设置允许旧版本。
    .cure = 请关闭 TLS 1.0 和 1.1。
    .vsftpd = ssl_tlsv1=NO、ssl_tlsv1_1=NO、ssl_tlsv1_2=YES（3.0.4 及以上版本）
    .filezilla = Protocols settings：最低 TLS 版本 1.2
    .iis = 为 Schannel 关闭 TLS 1.0 和 1.1（注册表 Protocols\TLS 1.0\Server）
    .aws = 选择较新的安全策略

finding-no-tls13 = 服务器没有 TLS 1.3
    .meaning = 使用 TLS 1.2；配合 Towline 所允许的套件，它是安全的。
    .cause = 服务器或其 TLS 库较旧，或 TLS 1.3 已关闭。
    .cure = 无需更改。

finding-tls-hello-retry = 第一个密钥份额不是服务器想要的
    .meaning = 第一次握手多用一个往返（HelloRetryRequest）。
    .cause = 服务器只支持 P-256，例如 vsftpd 3.0.3 和 Pure-FTPd。
    .cure = 无需更改：之后的连接会一开始就使用正确的份额。

finding-no-checksum = 服务器不计算校验和
    .meaning = HASH、XSHA512、XSHA256、XSHA1、XMD5、XCRC、MD5 一个也没有，因此不下载就无法比较内容。
    .cause = 服务器没有这类命令，或已关闭。
    .cure = 无论如何都会比较大小。ProFTPD 有 mod_digest。
    .hint = 请去掉 --verify；无论如何都会比较大小

finding-features-missing = 缺少有用的功能
    .meaning = 没有 MLST，列表中的时间和类型只能猜测；没有 SIZE，无法验证；没有 REST STREAM，无法续传；没有 MDTM，无法保留时间。
    .cause = 服务器过旧，或命令已被关闭。
    .cure = 请更新服务器，或启用这些命令。

finding-write-test-failed = 无法写入、重命名、追加或删除文件
    .meaning = 该步骤指出了哪一项失败，以及哪些没能删除。
    .cause = 账户或目录的权限，或服务器的限制。
    .cure = 请向服务器的所有者申请权限，或换一个目录。

finding-certificate-expires-soon = 证书即将过期
    .meaning = 有效期不足 30 天。此后客户端将拒绝该服务器。
    .cause = 尚未续期。
    .cure = 请续期并重新加载服务器：许多 FTP 服务器只在启动时读取证书。

finding-clear-text = 连接是明文
    .meaning = 途中的人可以读取并更改密码和文件。
    .cause = 设置允许明文：--tls off，或对没有 TLS 的服务器使用 if-available。
    .cure = 请使用 TLS。如果服务器没有 TLS，管理员应启用它。
