# Ruby's net/ftp, with the commands of the classic ftp program.
require "net/ftp"
require "shellwords"

def told(name) = ENV.fetch("ROUND_#{name}")

options = {
  port: Integer(told("PORT")), username: told("USER"), password: told("PASSWORD"),
  passive: told("MODE") == "passive", open_timeout: 30, read_timeout: 30
}
unless told("FRONT") == "plain"
  options[:ssl] = { verify_mode: OpenSSL::SSL::VERIFY_NONE }
end

BLOCK = 1 << 16

begin
  ftp = Net::FTP.new(told("HOST"), options)
  $stdin.each_line(chomp: true) do |line|
    if line.start_with?("!")
      system(line[1..]) or raise "the command failed"
      next
    end
    command, one, other = Shellwords.split(line)
    case command
    when "pwd" then puts ftp.pwd
    when "nlist" then File.write(other, ftp.nlst(one).join("\n"))
    when "dir" then puts ftp.list
    when "get" then File.open(other, "wb") { |file| ftp.retrbinary("RETR #{one}", BLOCK) { |bytes| file.write(bytes) } }
    when "reget"
      ftp.resume = true
      ftp.getbinaryfile(one, other, BLOCK)
    # It asks for the size of what is there, and appends the rest.
    when "restart" then ftp.resume = true
    when "put" then ftp.putbinaryfile(one, other, BLOCK)
    when "append" then File.open(one, "rb") { |file| ftp.storbinary("APPE #{other}", file, BLOCK) }
    when "rename" then ftp.rename(one, other)
    when "delete" then ftp.delete(one)
    when "mkdir" then ftp.mkdir(one)
    when "cd" then ftp.chdir(one)
    when "rmdir" then ftp.rmdir(one)
    else raise "what is #{command}?"
    end
  end
  ftp.close
rescue StandardError => error
  abort "#{error.class}: #{error.message}"
end
